using Markdig;

namespace TaskQueue.Plugins.Markdown;

/// <summary>
/// Renders Markdown as HTML: the text of a basic work item is replaced, a Ruote work item's field <c>markdown</c> is
/// rendered into its field <c>html</c>.
/// </summary>
/// <remarks>Setting <c>raw_html = yes</c> lets HTML in the Markdown through; by default it is escaped.</remarks>
public sealed class MarkdownWorker : BaseWorker
{
    private MarkdownPipeline? _pipeline;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Accept { get; } = [RuoteWorkItem.Type, BasicWorkItem.Type];

    /// <inheritdoc/>
    public override void OnStart()
    {
        var builder = new MarkdownPipelineBuilder().UseAdvancedExtensions();
        _pipeline = (RawHtmlIsAllowed() ? builder : builder.DisableHtml()).Build();
    }

    /// <inheritdoc/>
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        switch (workItem)
        {
            case BasicWorkItem basic:
                basic.Text = Render(basic.Text);
                break;
            case RuoteWorkItem ruote:
                var markdown = ruote.Fields["markdown"]?.ToString()
                    ?? throw new PermanentFailureException("there is no field markdown; expected the text to render");
                ruote.Fields["html"] = Render(markdown);
                break;
        }

        return workItem;
    }

    private string Render(string markdown) => Markdig.Markdown.ToHtml(markdown, _pipeline);

    private bool RawHtmlIsAllowed() => Settings.GetValueOrDefault("raw_html", "no") switch
    {
        "yes" => true,
        "no" => false,
        var other => throw new FormatException($"raw_html = \"{other}\": expected yes or no"),
    };
}
