using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>What is shown before messages that were set aside are sent back or deleted.</summary>
/// <param name="Filter">Which.</param>
/// <param name="IsDeleting">Whether they are deleted.</param>
/// <param name="Found">How many there are.</param>
/// <param name="Title">What is done, with the number.</param>
internal sealed record AsideActModel(AsideFilter Filter, bool IsDeleting, AsideListing Found, string Title)
{
    /// <summary>Whether to look where that counts.</summary>
    public bool IgnoresLimit { get; init; }
}
