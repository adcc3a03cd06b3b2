using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Web.Access;
using TaskQueue.Web.History;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Doctor;

/// <summary><c>/api/v1/doctor</c>: what is wrong with the broker, the queues and the services.</summary>
/// <param name="doctor">Examines them.</param>
internal sealed class DoctorEndpoints(SystemDoctor doctor)
{
    /// <summary>Adds it.</summary>
    public void Map(IEndpointRouteBuilder api) => api.MapGet("/doctor", (Delegate)ExamineAsync).RequireAuthorization(nameof(WebRole.Operator))
        .WithSummary("What is wrong with the broker, the queues and the services.")
        .WithDescription("As \"taskqueue doctor --json\", without what that finds on its host. It is examined anew when the latest examination is older than 5 s.");

    private async Task<IResult> ExamineAsync(HttpContext context)
    {
        new RequestValues(context.Request).RequireKnown([]);
        Caller.Of(context).RequireAllTypes();
        var examined = await doctor.ExamineAsync(context.RequestAborted);
        var json = Findings.ToJson(examined.Findings);
        json.Insert(0, "at", HistoryJson.Time(examined.At));
        return Results.Json(json);
    }
}
