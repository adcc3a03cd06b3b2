using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Access;
using TaskQueue.Web.Services;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Aside;

/// <summary><c>/api/v1/buried</c>, <c>/rejected</c> and <c>/unroutable</c>: what waits for a person, and what the person wants done with it.</summary>
/// <param name="desk">Does it.</param>
/// <param name="fleet">Knows the worker types.</param>
internal sealed class AsideEndpoints(AsideDesk desk, ServiceFleet fleet)
{
    private const int DefaultLimit = 50, MostListed = 1000;

    private const string Anyway = "ignore_delivery_limit";

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var kind in AsideKind.All)
        {
            var path = $"/{kind.Name}";
            var which = $"{string.Join(", ", Filters(kind))} choose them; {Anyway}=yes looks also where RabbitMQ counts that.";
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

    private static IEnumerable<string> Filters(AsideKind kind) => [.. kind.HasTypes ? ["type"] : (string[])[], "id", .. kind.MatchKeys];

    private async Task<IResult> ListAsync(HttpContext context, AsideKind kind)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([.. Filters(kind), "limit", Anyway]);
        var types = await TypesAsync(context, kind, values);
        var limit = values.Number("limit", from: 1, MostListed) ?? DefaultLimit;
        var listing = await desk.ListAsync(kind, types, SelectionIn(context, kind, values), limit, values.Flag(Anyway), context.RequestAborted);
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
        RequireRight(Caller.Of(context), kind, type);
        return await desk.FindAsync(kind, type, id, values.Flag(Anyway), context.RequestAborted) is { } found
            ? Results.Json(found)
            : Problems.Of(StatusCodes.Status404NotFound, $"No {kind.Name} {kind.Noun}{(kind.HasTypes ? $" of worker type \"{type}\"" : "")} has the id \"{id}\".");
    }

    private async Task<IResult> RemoveAsync(HttpContext context, AsideKind kind, bool isDeleting)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown([.. Filters(kind), "all", Anyway]);
        var types = await TypesAsync(context, kind, values);
        var (selection, isAll) = (SelectionIn(context, kind, values), values.Flag("all"));
        if (selection.IsEverything != isAll)
        {
            throw Problems.Bad(isAll
                ? $"Parameter \"all\" does not go together with {string.Join(", ", Filters(kind).Where(name => !kind.HasTypes || name != "type"))}."
                : $"Which {kind.Noun}s? Expected id, {string.Join(", ", kind.MatchKeys)}, or all=true.");
        }

        // What is let go all of it counts no look.
        var change = await desk.RemoveAsync(kind, types, selection, isDeleting, isAll || values.Flag(Anyway), context.RequestAborted);
        return Results.Json(
            new JsonObject
            {
                [isDeleting ? "deleted" : kind.Kicked] = change.Count,
                ["queues"] = new JsonArray([.. change.Queues.Where(queue => queue.Removal.Count > 0 || queue.Removal.Kept.Count > 0 || queue.Removal.Failure is not null).Select(queue => Json(queue.Queue, queue.Removal, kind, isDeleting))]),
                ["not_found"] = new JsonArray([.. selection.NotFound.Select(id => (JsonNode)id)]),
                ["cut"] = change.IsCut,
            },
            statusCode: change.IsWhole ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<IReadOnlyList<string>> TypesAsync(HttpContext context, AsideKind kind, RequestValues values)
    {
        var caller = Caller.Of(context);
        if (kind.HasTypes && values.Text("type") is null)
        {
            return [.. (await fleet.WorkerTypesAsync(context.RequestAborted)).Where(caller.MayUse)];
        }

        var type = kind.HasTypes ? values.Text("type")! : "";
        RequireRight(caller, kind, type);
        return [type];
    }

    private static void RequireRight(Caller caller, AsideKind kind, string type)
    {
        if (!kind.HasTypes)
        {
            // Nobody knows whose they would have been.
            caller.RequireAllTypes();
            return;
        }

        if (!WorkerTypeName.IsValid(type))
        {
            throw Problems.Bad($"Worker type \"{type}\": expected {WorkerTypeName.Rule}.");
        }

        caller.RequireType(type);
    }

    private static AsideSelection SelectionIn(HttpContext context, AsideKind kind, RequestValues values) => new(
        kind,
        context.Request.Query["id"].OfType<string>().ToHashSet(StringComparer.Ordinal),
        [.. kind.MatchKeys.Select(key => (key, Text: values.Text(key))).Where(term => term.Text is not null).Select(term => new MatchTerm(term.key, term.Text!))]);

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
        ["error"] = removal.Failure is { } failure ? $"{queue.Home} did not take all: {AsideRemoval.WordsFor(failure)}. The others are still in {queue.Name}." : null,
    };
}
