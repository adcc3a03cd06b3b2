using TaskQueue.Configuration;
using TaskQueue.Web.Doctor;

namespace TaskQueue.Web.Pages;

/// <summary>What is wrong with the broker, the queues and the services.</summary>
/// <param name="doctor">Examines them.</param>
internal sealed class DoctorPage(SystemDoctor doctor) : DashboardPage("/doctor", WebRole.Operator, isStill: true)
{
    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        request.Caller.RequireAllTypes();
        return new PageContent("Doctor", typeof(DoctorLive), await doctor.ExamineAsync(request.Stop)) { IsLive = false };
    }
}
