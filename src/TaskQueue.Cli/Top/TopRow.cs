namespace TaskQueue.Cli.Top;

/// <summary>A row of a view.</summary>
/// <param name="Key">What it is about, the same in the next look.</param>
/// <param name="Cells">As many as the view has columns.</param>
/// <param name="Mood">How it looks.</param>
internal sealed record TopRow(string Key, IReadOnlyList<TopCell> Cells, Tables.Mood Mood = Tables.Mood.Plain)
{
    /// <summary>What can be done about it.</summary>
    public IReadOnlyList<TopAction> Actions { get; init; } = [];

    /// <summary>The row as a table shows it.</summary>
    public Tables.Row ToTableRow() => new([.. Cells.Select(cell => cell.Text)], Mood);
}

/// <summary>A cell.</summary>
/// <param name="Text">What stands in it.</param>
/// <param name="Rank">What it is sorted by, where that is a number.</param>
internal readonly record struct TopCell(string Text, double? Rank = null)
{
    public static implicit operator TopCell(string text) => new(text);

    /// <summary>Compares two cells of a column: those without a number come first.</summary>
    public static int Compare(TopCell one, TopCell other) => (one.Rank, other.Rank) switch
    {
        (null, null) => string.Compare(one.Text, other.Text, StringComparison.OrdinalIgnoreCase),
        var (rank, otherRank) => Comparer<double>.Default.Compare(rank ?? double.MinValue, otherRank ?? double.MinValue),
    };
}

/// <summary>Something that an operator can have done from the screen: a command of <c>taskqueue</c>.</summary>
/// <param name="Key">The key for it.</param>
/// <param name="Name">What it does, in a word.</param>
/// <param name="Command">The command and its options.</param>
/// <param name="Arguments">What it is done to.</param>
internal sealed record TopAction(char Key, string Name, IReadOnlyList<string> Command, IReadOnlyList<string> Arguments)
{
    /// <summary>Whether it is a command to services, whose answers are a table for people.</summary>
    public bool Steers { get; init; }

    /// <summary>The command as one would type it.</summary>
    public override string ToString() => $"taskqueue {string.Join(' ', Command)} {string.Join(' ', Arguments.Select(argument => PlainText.Line(argument, 128)))}";
}
