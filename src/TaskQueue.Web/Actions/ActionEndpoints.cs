using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Actions;

/// <summary><c>POST /act</c> and <c>POST /aside</c>: do what a page has asked about, and lead to what came of it.</summary>
/// <param name="actions">Do it.</param>
/// <param name="answers">Makes pages.</param>
internal sealed class ActionEndpoints(OperatorActions actions, PageAnswers answers)
{
    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(ActPage.ActPath, ActAsync).RequireAuthorization(nameof(WebRole.Operator)).ExcludeFromDescription();
        app.MapPost(AsideActPage.AsidePath, RemoveAsync).RequireAuthorization(nameof(WebRole.Operator)).ExcludeFromDescription();
    }

    private async Task ActAsync(HttpContext context)
    {
        var values = await ActionForm.ReadFormAsync(context.Request);
        var form = ActionForm.Read(name => values[name] is [{ } value] ? value : null);
        form.Require(Caller.Of(context));
        var number = form.Kind switch
        {
            { NeedsId: true } => (await actions.CancelAsync(context, form.Id!)).Entry,
            { Name: ActionKind.Purge } => (await actions.PurgeAsync(context, form.Type!)).Entry,
            _ => (await actions.SteerAsync(context, form.ToRequest())).Entry,
        };
        await TellAsync(context, number, AuditEntry.Of(context, form.Kind.Name, form.Id ?? form.Type ?? form.Host ?? "", AuditOutcomes.Done) with
        {
            Items = [new AuditItem("taskqueue-web", IsDone: true, "It was sent; the audit log could not be written, so that what each service has done is not shown.")],
        });
    }

    private async Task RemoveAsync(HttpContext context)
    {
        var values = await ActionForm.ReadFormAsync(context.Request);
        var (filter, isDeleting) = AsideActPage.Read(name => values[name] is [{ Length: > 0 } value] ? value : null, values["id"]);
        AsideActPage.Require(answers.FrameOf(context), filter, isDeleting);
        var (change, number) = await actions.RemoveAsync(context, filter, isDeleting, values.ContainsKey(AsideEndpoints.Anyway));
        await TellAsync(context, number, AuditEntry.Of(context, isDeleting ? "delete" : filter.Kind.Back, filter.ToString(), change.IsWhole ? AuditOutcomes.Done : AuditOutcomes.NotDone) with
        {
            Count = change.Count,
            Items = [.. OperatorActions.ItemsOf(change, isDeleting)],
        });
    }

    /// <summary>Leads to the entry of the audit log, or shows one where that could not be written.</summary>
    private async Task TellAsync(HttpContext context, long? number, AuditEntry entry)
    {
        var result = number is null
            ? await answers.PageAsync(context, DonePage.DonePath, DonePage.Content(entry))
            : SeeOther.At($"{context.Request.PathBase.ToUriComponent()}{DonePage.DonePath}?entry={number}");
        await result.ExecuteAsync(context);
    }
}
