using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>Messages that were set aside: grouped by what is wrong with them, to be sent back or deleted.</summary>
/// <param name="kind">Of which kind.</param>
/// <param name="desk">Looks at them.</param>
/// <param name="fleet">Knows the worker types.</param>
internal sealed class AsidePage(AsideKind kind, AsideDesk desk, FleetView fleet) : DashboardPage($"/{kind.Name}", isStill: true)
{
    private const int MostLooked = 1000, MostLines = 100, MostGroups = 20;

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var filter = AsideFilter.Read(kind, request.Value, request.Http.Query["id"].Where(id => id is { Length: > 0 }));
        filter.Require(request.Caller);
        var model = new AsideModel(filter)
        {
            Types = kind.HasTypes ? await fleet.TypesAsync(request.Caller, request.Stop) : [],
        };

        // A look has messages out of the reach of others: it is not taken again and again.
        return new PageContent(Say.Title(kind.Name), typeof(AsideLive), await FindAsync(request, model)) { Head = typeof(AsideForm), IsLive = false };
    }

    private async Task<AsideModel> FindAsync(PageRequest request, AsideModel model)
    {
        if (fleet.Trouble is { } trouble)
        {
            return model with { Problem = trouble };
        }

        try
        {
            var found = await desk.ListAsync(model.Filter, request.Caller, MostLooked, request.Value(AsideEndpoints.Anyway) is not null, request.Stop);
            return model with
            {
                Found = found,
                Lines = [.. found.Messages.Take(MostLines).Select(line => new AsideLine(line.Queue, line.Message))],
                Groups =
                [
                    .. found.Messages.GroupBy(line => Say.Shortened(AsideModel.GroupOf(kind, line.Message)), StringComparer.Ordinal).OrderByDescending(group => group.Count()).Take(MostGroups)
                        .Select(group => (group.Key, group.Count())),
                ],
            };
        }
        catch (LookRefusedException e)
        {
            return model with { Problem = Sentence.Whole(e.Message), CanIgnoreLimit = true };
        }
        catch (Exception e) when (e is TimeoutException or BrokerRefusedException or BrowsingEndedException)
        {
            return model with { Problem = Sentence.Whole(e.Message) };
        }
    }
}
