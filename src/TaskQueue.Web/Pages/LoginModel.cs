namespace TaskQueue.Web.Pages;

/// <summary>What the page for logging in shows.</summary>
/// <param name="Next">The page that comes after it, or nothing.</param>
/// <param name="Problem">Why the last try failed.</param>
internal sealed record LoginModel(string Next, string? Problem);
