namespace TaskQueue.Configuration.Reading;

/// <summary>Where a setting was made.</summary>
/// <param name="File">The file, or the name of a variable.</param>
/// <param name="Line">The line in it; 0 for the whole file.</param>
/// <param name="Order">Sorts messages: the files in the order in which they are read, with variables behind all of them.</param>
internal sealed record Origin(string File, int Line, int Order)
{
    private const int BehindAllFiles = int.MaxValue;

    /// <summary>How messages begin: <c>config.ini:14</c>, or the name of a variable.</summary>
    public string Text => Line > 0 ? $"{File}:{Line}" : File;

    public bool IsVariable => Order == BehindAllFiles;

    /// <summary>How another message refers to this place.</summary>
    public string Reference => IsVariable ? $"by {Text}" : $"in {Text}";

    public static Origin OfFile(string fileName) => new(fileName, 0, 0);

    /// <summary>A line.</summary>
    /// <param name="fileName">Its file.</param>
    /// <param name="line">Its number, from 1 on.</param>
    /// <param name="order">Which of the files it is, from 0 on.</param>
    public static Origin OfLine(string fileName, int line, int order = 0) => new(fileName, line, order);

    public static Origin OfVariable(string name) => new(name, 0, BehindAllFiles);

    /// <summary>Whether this place comes before another one, or is the same.</summary>
    public bool IsUpTo(Origin other) => (Order, Line).CompareTo((other.Order, other.Line)) <= 0;
}
