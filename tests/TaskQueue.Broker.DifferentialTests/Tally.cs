using System.Text;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>How often each operation and each of its options was tried.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public void Count(Operation operation)
    {
        Add(operation.Name);
        foreach (var option in operation.Options.Where(option => option.Length > 0))
        {
            Add($"{operation.Name}: {option}");
        }
    }

    public override string ToString()
    {
        var table = new StringBuilder();
        foreach (var (what, times) in _counts)
        {
            table.AppendLine($"{times,8} {what}");
        }

        return table.ToString();
    }

    private void Add(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
}
