using Microsoft.Playwright;
using TaskQueue.Testing;
using TaskQueue.Web.BrowserTests;

[assembly: AssemblyFixture(typeof(Browser))]

namespace TaskQueue.Web.BrowserTests;

/// <summary>Debian's chromium, started once for all tests; each has windows of its own in it.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string NodeFolder = Path.Combine(AppContext.BaseDirectory, "node");

    // Where the tests have to be whole, starting it fails instead.
    private static readonly bool IsMissing = !File.Exists(Chromium) && Environment.GetEnvironmentVariable("CI") != "true";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The script of axe, the rules of accessibility; <see langword="null"/> where npm cannot fetch it.</summary>
    public string? Axe { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (IsMissing)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(Window.PatienceMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        var script = Path.Combine(NodeFolder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
        {
            Shell.Try("/usr/bin/env", "", "npm", "ci", "--prefix", NodeFolder, "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000");
        }

        Axe = File.Exists(script) ? await File.ReadAllTextAsync(script) : null;
    }

    /// <summary>Opens a window that knows nothing of others.</summary>
    /// <param name="web">Whose pages it shows.</param>
    /// <param name="width">How wide it is, in pixels.</param>
    /// <param name="isDark">Whether its person likes it dark.</param>
    /// <param name="runsScripts">Whether it runs scripts.</param>
    internal async Task<Window> OpenAsync(WebSystem web, int width = 1280, bool isDark = false, bool runsScripts = true)
    {
        Assert.SkipWhen(IsMissing, "Needs chromium: apt-get install chromium");
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = web.Client.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = runsScripts,
            ReducedMotion = ReducedMotion.Reduce,
        });
        return new Window(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
