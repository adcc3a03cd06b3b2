using System.Globalization;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Web.Audit;

namespace TaskQueue.Web.Pages;

/// <summary>Tells what came of an action. Loading it again does nothing.</summary>
/// <param name="audit">Has written it down.</param>
internal sealed class DonePage(AuditLog audit) : DashboardPage(DonePath, WebRole.Operator)
{
    /// <summary>Where it is.</summary>
    public const string DonePath = "/done";

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var number = long.TryParse(request.Value("entry"), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : throw Problems.Bad("Parameter \"entry\": expected a number.");
        var entry = await audit.GetAsync(number, request.Stop);
        return entry is not null && (request.Caller.Role == WebRole.Admin || entry.Who == request.Caller.Name)
            ? Content(entry)
            : throw Problems.Bad("There is no such entry of yours in the audit log.", StatusCodes.Status404NotFound);
    }

    /// <summary>The page of an entry.</summary>
    public static PageContent Content(AuditEntry entry) =>
        new(entry.Outcome switch { AuditOutcomes.Done => "Done", AuditOutcomes.NotDone => "Not done", _ => "Failed" }, typeof(DoneLive), new DoneModel(entry)) { IsLive = false };
}
