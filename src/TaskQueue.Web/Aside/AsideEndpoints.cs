using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using System.Text.Json.Nodes;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Access;
using TaskQueue.Web.Actions;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Aside;

/// <summary><c>/api/v1/buried</c>, <c>/rejected</c> and <c>/unroutable</c>: what waits for a person, and what the person wants done with it.</summary>
/// <param name="desk">Looks at it.</param>
/// <param name="actions">Have something done with it.</param>
internal sealed class AsideEndpoints(AsideDesk desk, OperatorActions actions)
{
    private const int DefaultLimit = 50, MostListed = 1000;

    /// <summary>The parameter that says to look where that counts.</summary>
    public const string Anyway = "ignore_delivery_limit";

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var kind in AsideKind.All)
        {
            var path = $"/{kind.Name}";
            var which = $"{string.Join(", ", AsideFilter.NamesOf(kind))} choose them; {Anyway}=yes looks also where RabbitMQ counts that.";
            api.MapGet(path, (Delegate)((HttpContext context) => ListAsync(context, kind))).RequireAuthorization(nameof(WebRole.Viewer))
                .WithSummary($"Lists {kind.Name} {kind.Noun}s, the oldest first, and says how many there are.")
                .WithDescription($"{which} limit is up to {MostListed}.");
            if (kind.HasTypes)
            {
                api.MapGet($"{path}/{{type}}/{{id}}", (HttpContext context, string type, string id) => ShowAsync(context, kind, type, id)).RequireAuthorization(nameof(WebRole.Viewer))
                    .WithSummary($"All of a {kind.Name} {kind.Noun}: properties, headers and body.");
            }
            else
            {
                api.MapGet($"{path}/{{id}}", (HttpContext context, string id) => ShowAsync(context, kind, "", id)).RequireAuthorization(nameof(WebRole.Viewer))
                    .WithSummary($"All of {(kind == AsideKind.Unroutable ? "an" : "a")} {kind.Name} {kind.Noun}: properties, headers and body.");
            }

            api.MapPost($"{path}/{kind.Back}", (Delegate)((HttpContext context) => RemoveAsync(context, kind, isDeleting: false))).RequireAuthorization(nameof(WebRole.Operator))
                .WithSummary($"Sends {kind.Name} {kind.Noun}s {(kind.HasTypes ? "back into their queues, with their attempts reset" : "to the dispatcher again")}; what was cancelled stays.")
                .WithDescription($"{which} Or all=true.");
            api.MapDelete(path, (Delegate)((HttpContext context) => RemoveAsync(context, kind, isDeleting: true))).RequireAuthorization(nameof(WebRole.Admin))
                .WithSummary($"Deletes {kind.Name} {kind.Noun}s for good.")
                .WithDescription($"{which} Or all=true.");
        }
    }

    private async Task<IResult> ListAsync(HttpContext context, AsideKind kind)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([.. AsideFilter.NamesOf(kind), "limit", Anyway]);
        var filter = FilterIn(context, kind, values);
        var limit = values.Number("limit", from: 1, MostListed) ?? DefaultLimit;
        var listing = await desk.ListAsync(filter, Caller.Of(context), limit, values.Flag(Anyway), context.RequestAborted);
        return Results.Json(new
        {
            messages = listing.Messages.Select(found => Json(kind, found.Queue, found.Message)),
            matching = listing.Matching,
            cut = listing.IsCut,
        });
    }

    private async Task<IResult> ShowAsync(HttpContext context, AsideKind kind, string type, string id)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([Anyway]);
        AsideFilter.Read(kind, name => name == "type" ? type : null, [id]).Require(Caller.Of(context));
        return await desk.FindAsync(kind, type, id, values.Flag(Anyway), context.RequestAborted) is { } found
            ? Results.Json(found)
            : Problems.Of(StatusCodes.Status404NotFound, $"No {kind.Name} {kind.Noun}{(kind.HasTypes ? $" of worker type \"{type}\"" : "")} has the id \"{id}\".");
    }

    private async Task<IResult> RemoveAsync(HttpContext context, AsideKind kind, bool isDeleting)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([.. AsideFilter.NamesOf(kind), "all", Anyway]);
        var (filter, isAll) = (FilterIn(context, kind, values), values.Flag("all"));
        if (filter.IsEverything != isAll)
        {
            throw Problems.Bad(isAll
                ? $"Parameter \"all\" does not go together with id, {string.Join(", ", kind.MatchKeys)}."
                : $"Which {kind.Noun}s? Expected id, {string.Join(", ", kind.MatchKeys)}, or all=true.");
        }

        var (change, _) = await actions.RemoveAsync(context, filter, isDeleting, values.Flag(Anyway));
        return Results.Json(
            new JsonObject
            {
                [isDeleting ? "deleted" : kind.Kicked] = change.Count,
                ["queues"] = new JsonArray([.. change.Queues.Where(queue => queue.Removal.Count > 0 || queue.Removal.Kept.Count > 0 || queue.Removal.Failure is not null).Select(queue => Json(queue.Queue, queue.Removal, kind, isDeleting))]),
                ["not_found"] = new JsonArray([.. change.NotFound.Select(id => (JsonNode)id)]),
                ["cut"] = change.IsCut,
            },
            statusCode: change.IsWhole ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static AsideFilter FilterIn(HttpContext context, AsideKind kind, RequestValues values)
    {
        var filter = AsideFilter.Read(kind, values.Text, context.Request.Query["id"]);
        filter.Require(Caller.Of(context));
        return filter;
    }

    private static JsonObject Json(AsideKind kind, AsideQueue queue, AsideMessage message)
    {
        var json = message.ToJson(kind);
        if (kind.HasTypes)
        {
            json.Insert(1, "type", queue.WorkerType);
        }

        return json;
    }

    private static JsonObject Json(AsideQueue queue, AsideRemoval removal, AsideKind kind, bool isDeleting) => new()
    {
        ["queue"] = queue.Name,
        [isDeleting ? "deleted" : kind.Kicked] = removal.Count,
        ["ids"] = new JsonArray([.. removal.Ids.Select(id => (JsonNode)id)]),
        ["cancelled"] = new JsonArray([.. removal.Kept.Take(AsideRemoval.MostIds).Select(cancellation => (JsonNode)cancellation.Id)]),
        ["error"] = removal.ProblemWith(queue),
    };
}
