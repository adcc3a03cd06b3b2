namespace TaskQueue.Configuration.Reading;

/// <summary>Where a setting was made.</summary>
/// <param name="Text">How messages begin: <c>config.ini:14</c>, or the name of a variable.</param>
/// <param name="Order">Sorts messages: the line, with variables behind all lines.</param>
internal sealed record Origin(string Text, int Order)
{
    private const int BehindAllLines = int.MaxValue;

    public bool IsVariable => Order == BehindAllLines;

    /// <summary>How another message refers to this place.</summary>
    public string Reference => IsVariable ? $"by {Text}" : $"in {Text}";

    public static Origin OfFile(string fileName) => new(fileName, 0);

    public static Origin OfLine(string fileName, int line) => new($"{fileName}:{line}", line);

    public static Origin OfVariable(string name) => new(name, BehindAllLines);
}
