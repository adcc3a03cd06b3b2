using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Actions;

/// <summary><c>POST /aside</c>: sends back or deletes what a page has asked about, and leads to what came of it.</summary>
/// <param name="actions">Does it.</param>
/// <param name="answers">Makes pages.</param>
internal sealed class AsideActionEndpoint(OperatorActions actions, PageAnswers answers)
{
    /// <summary>Adds it.</summary>
    public void Map(IEndpointRouteBuilder app) => app.MapPost(AsideActPage.AsidePath, ActAsync).RequireAuthorization(nameof(WebRole.Operator)).ExcludeFromDescription();

    private async Task ActAsync(HttpContext context)
    {
        var values = await ActionForm.ReadFormAsync(context.Request);
        var (filter, isDeleting) = AsideActPage.Read(name => values[name] is [{ Length: > 0 } value] ? value : null, values["id"]);
        AsideActPage.Require(answers.FrameOf(context), filter, isDeleting);
        var (change, entry) = await actions.RemoveAsync(context, filter, isDeleting, values.ContainsKey(AsideEndpoints.Anyway));
        var result = entry is { } number
            ? SeeOther.At($"{context.Request.PathBase.ToUriComponent()}{DonePage.DonePath}?entry={number}")
            : await answers.PageAsync(context, DonePage.DonePath, DonePage.Content(AuditEntry.Of(context, isDeleting ? "delete" : filter.Kind.Back, filter.ToString(), change.IsWhole ? AuditOutcomes.Done : AuditOutcomes.NotDone) with
            {
                Count = change.Count,
                Items = [.. OperatorActions.ItemsOf(change, isDeleting)],
            }));
        await result.ExecuteAsync(context);
    }
}
