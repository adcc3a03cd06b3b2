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
        var query = AuditQuery.Read(request.Value);
        var entries = await audit.FindAsync(query, Entries, request.Stop);
        return new PageContent("Audit log", typeof(AuditLive), new AuditModel(query, entries, entries.Count == Entries ? entries[^1].Number : null))
        {
            Head = typeof(AuditForm),
            IsLive = query.Before is null,
        };
    }
}
