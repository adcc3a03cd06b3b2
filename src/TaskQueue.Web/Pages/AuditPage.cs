using TaskQueue.Configuration;
using TaskQueue.Web.Audit;

namespace TaskQueue.Web.Pages;

/// <summary>Who did what.</summary>
/// <param name="audit">Has it.</param>
internal sealed class AuditPage(AuditLog audit) : DashboardPage("/audit", WebRole.Admin)
{
    private const int Entries = 100;

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var before = AuditEndpoints.Before(request.Value("before"));
        var entries = await audit.FindAsync(before, Entries, request.Stop);
        return new PageContent("Audit log", typeof(AuditLive), new AuditModel(entries, entries.Count == Entries ? entries[^1].Number : null)) { IsLive = before is null };
    }
}
