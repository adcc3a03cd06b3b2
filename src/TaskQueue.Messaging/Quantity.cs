namespace TaskQueue.Messaging;

/// <summary>Writes numbers of things.</summary>
internal static class Quantity
{
    /// <summary>Such as <c>1 pool</c> and <c>1,200 pools</c>.</summary>
    public static string Of(long number, string what) => $"{number:N0} {what}{(number == 1 ? "" : "s")}";
}
