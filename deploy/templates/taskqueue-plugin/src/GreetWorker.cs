using TaskQueue;

namespace Greet;

/// <summary>Greets whomever the field <c>name</c> names, in the field <c>text</c>; the section's setting <c>word</c> says how.</summary>
public sealed class GreetWorker : BaseWorker
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Accept { get; } = [RuoteWorkItem.Type];

    /// <inheritdoc/>
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var fields = ((RuoteWorkItem)workItem).Fields;
        var name = fields["name"]?.ToString();
        if (string.IsNullOrEmpty(name))
        {
            throw new PermanentFailureException("field name: expected whom to greet, found nothing");
        }

        fields["text"] = $"{Settings.GetValueOrDefault("word", "Hello")}, {name}!";
        return workItem;
    }
}
