namespace TaskQueue.Cli.Top;

/// <summary>Which lines of the screen are for what: on a low one rows go before all else.</summary>
/// <param name="HasFooter">Whether there is room for the keys.</param>
/// <param name="HasHead">Whether there is room for the summary.</param>
/// <param name="HasTabs">Whether there is room for the names of the views.</param>
/// <param name="HasWarning">Whether there is room for a warning.</param>
/// <param name="Rows">How many rows are on the screen.</param>
internal readonly record struct TopLayout(bool HasFooter, bool HasHead, bool HasTabs, bool HasWarning, int Rows)
{
    private const int ForFooter = 3, ForHead = 5, ForTabs = 6, ForWarning = 12, Heading = 1;

    /// <summary>Lays a screen out.</summary>
    public static TopLayout Of(TopState state)
    {
        var (footer, head, tabs) = (state.Height >= ForFooter, state.Height >= ForHead, state.Height >= ForTabs);
        var warning = state.Height >= ForWarning && state.Data.Warnings.Count > 0;
        var others = Heading + (footer ? 1 : 0) + (head ? 1 : 0) + (tabs ? 1 : 0) + (warning ? 1 : 0);
        return new TopLayout(footer, head, tabs, warning, Math.Max(0, state.Height - others));
    }
}
