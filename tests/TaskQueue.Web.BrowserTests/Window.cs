using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace TaskQueue.Web.BrowserTests;

/// <summary>A window of the browser, with what pages in it complain of.</summary>
internal sealed class Window : IAsyncDisposable
{
    /// <summary>How long what is to be seen may take: a busy machine is slow.</summary>
    public const int PatienceMilliseconds = 30_000;

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    public Window(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(PatienceMilliseconds);
        page.Dialog += (_, dialog) =>
        {
            _complaints.Enqueue($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            // An answer that is no success is told there, too; tests look at those themselves.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _complaints.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Dialogs, errors of scripts, and what the policy of the pages has forbidden.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Shows a page.</summary>
    public async Task GoAsync(string path) => await Page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.Load });

    /// <summary>Waits until a text is seen.</summary>
    public Task SeesAsync(string text) => Assertions.Expect(Page.Locator("body")).ToContainTextAsync(text);

    /// <summary>Waits until a text is not seen any more.</summary>
    public Task SeesNoMoreAsync(string text) => Assertions.Expect(Page.Locator("#live")).Not.ToContainTextAsync(text);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
