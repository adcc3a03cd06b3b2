using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Web.History;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Audit;

/// <summary><c>/api/v1/audit</c>: who did what.</summary>
/// <param name="log">Has it.</param>
internal sealed class AuditEndpoints(AuditLog log)
{
    private const int UsualEntries = 50, MostEntries = 500;

    /// <summary>Adds it.</summary>
    public void Map(IEndpointRouteBuilder api) => api.MapGet("/audit", (Delegate)ListAsync).RequireAuthorization(nameof(WebRole.Admin))
        .WithSummary("Who did what, the newest first.")
        .WithDescription("who, action and outcome (done, not_done, failed) are equal to what is asked for, target is somewhere in the text. limit is 1 to 500, 50 else. \"next\" goes on from there as before=.");

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([.. AuditQuery.Names, "limit"]);
        var limit = values.Number("limit", 1, MostEntries) ?? UsualEntries;
        var entries = await log.FindAsync(AuditQuery.Read(values.Text), limit, context.RequestAborted);
        return Results.Json(new
        {
            entries = entries.Select(entry => new
            {
                id = entry.Number,
                at = HistoryJson.Time(entry.At),
                who = entry.Who,
                address = entry.Address,
                action = entry.Action,
                target = entry.Target,
                count = entry.Count,
                outcome = entry.Outcome,
                items = entry.Items.Select(item => new { what = item.What, done = item.IsDone, text = item.Text }),
            }),
            next = entries.Count == limit ? entries[^1].Number : (long?)null,
        });
    }
}
