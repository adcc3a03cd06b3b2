using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>Asks before messages that were set aside are sent back or deleted, and says how many they are.</summary>
/// <param name="desk">Counts them.</param>
internal sealed class AsideActPage(AsideDesk desk) : DashboardPage(AsidePath, WebRole.Operator, isStill: true)
{
    /// <summary>Where it is; a form sent there does it.</summary>
    public const string AsidePath = "/aside";

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var (filter, isDeleting) = Read(request.Value, request.Http.Query["id"]);
        Require(request.Frame, filter, isDeleting);
        var anyway = request.Value(AsideEndpoints.Anyway) is not null;
        var listing = await desk.ListAsync(filter, request.Caller, limit: 1, filter.IsEverything || anyway, request.Stop);
        var title = $"{(isDeleting ? "Delete" : Say.Title(filter.Kind.Back))} {Say.Count(listing.Matching, filter.Kind.Noun, filter.Kind.Noun + "s")}";
        return new PageContent(title, typeof(AsideActLive), new AsideActModel(filter, isDeleting, listing, title) { IgnoresLimit = anyway }) { IsLive = false };
    }

    /// <summary>Reads what is to be done with what.</summary>
    /// <exception cref="BadHttpRequestException">It is nothing.</exception>
    public static (AsideFilter Filter, bool IsDeleting) Read(Func<string, string?> value, IEnumerable<string?> ids)
    {
        var kind = AsideFilter.KindIn(value);
        var what = value("do");
        return what == "delete" || what == kind.Back
            ? (AsideFilter.Read(kind, value, ids.Where(id => id is { Length: > 0 })), what == "delete")
            : throw Problems.Bad($"Parameter \"do\": expected {kind.Back} or delete.");
    }

    /// <summary>Requires that somebody may do it.</summary>
    /// <exception cref="BadHttpRequestException">He may not.</exception>
    public static void Require(PageFrame frame, AsideFilter filter, bool isDeleting)
    {
        if (isDeleting && !frame.May(WebRole.Admin))
        {
            throw Problems.Bad($"\"{frame.Caller?.Name}\" may not delete what was set aside; that takes an admin.", StatusCodes.Status403Forbidden);
        }

        filter.Require(frame.Caller!);
    }
}
