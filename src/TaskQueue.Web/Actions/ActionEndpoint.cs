using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Actions;

/// <summary><c>POST /act</c>: does what a page has asked about, and leads to what came of it.</summary>
/// <param name="actions">Does it.</param>
/// <param name="answers">Makes pages.</param>
internal sealed class ActionEndpoint(OperatorActions actions, PageAnswers answers)
{
    /// <summary>Adds it.</summary>
    public void Map(IEndpointRouteBuilder app) => app.MapPost(ActPage.ActPath, ActAsync).RequireAuthorization(nameof(WebRole.Operator)).ExcludeFromDescription();

    private async Task ActAsync(HttpContext context)
    {
        var values = await ActionForm.ReadFormAsync(context.Request);
        var form = ActionForm.Read(name => values[name] is [{ } value] ? value : null);
        form.Require(Caller.Of(context));
        var entry = form.Kind.NeedsId ? (await actions.CancelAsync(context, form.Id!)).Entry : (await actions.SteerAsync(context, form.ToRequest())).Entry;
        var result = entry is { } number
            ? SeeOther.At($"{context.Request.PathBase.ToUriComponent()}{DonePage.DonePath}?entry={number}")
            : await answers.PageAsync(context, DonePage.DonePath, DonePage.Content(AuditEntry.Of(context, form.Kind.Name, form.Id ?? form.Type ?? form.Host ?? "", AuditOutcomes.Done) with
            {
                Items = [new AuditItem("taskqueue-web", IsDone: true, "It was sent; the audit log could not be written, so that what each service has done is not shown.")],
            }));
        await result.ExecuteAsync(context);
    }
}
