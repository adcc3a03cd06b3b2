namespace TaskQueue.Web.Pages;

/// <summary>An error, as a page.</summary>
/// <param name="Detail">What is wrong, and the remedy.</param>
internal sealed record ProblemModel(string Detail);
