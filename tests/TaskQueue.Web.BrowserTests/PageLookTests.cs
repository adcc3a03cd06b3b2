using System.Text.Json;
using Microsoft.Playwright;

namespace TaskQueue.Web.BrowserTests;

/// <summary>How the pages look, for people with eyes and without.</summary>
public sealed class PageLookTests(Browser browser)
{
    // Where the pictures of the documentation are written, if they are to be.
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("TASKQUEUE_PICTURES");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_fits_every_width_and_keeps_the_rules_of_accessibility()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        foreach (var (width, isDark) in ((int, bool)[])[(1280, false), (768, true), (320, false)])
        {
            await using var window = await browser.OpenAsync(web, width, isDark);
            foreach (var (name, path) in BusyDay.Pages)
            {
                await window.GoAsync(path);
                if (!BusyDay.Still.Contains(name))
                {
                    await window.SeesAsync("Live");
                }

                await PictureAsync(window, $"{name}-{width}");
                Assert.True(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{name} is wider than {width} pixels");
                Assert.Empty(await BrokenRulesAsync(window));
            }

            Assert.Empty(window.Complaints);
        }

        Assert.SkipWhen(browser.Axe is null, "Everything but the rules of accessibility has passed: npm cannot fetch axe-core.");
    }

    [Fact]
    public async Task The_page_for_logging_in_keeps_the_rules_too()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", Configuration.WebRole.Admin));
        await using var window = await browser.OpenAsync(web);

        await window.GoAsync("/tasks");

        await PictureAsync(window, "login-1280");
        Assert.Empty(await BrokenRulesAsync(window));
    }

    private static async Task PictureAsync(Window window, string name)
    {
        if (Pictures is not null)
        {
            await window.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"web-{name}.png") });
        }
    }

    private async Task<IReadOnlyList<string>> BrokenRulesAsync(Window window)
    {
        if (browser.Axe is null)
        {
            return [];
        }

        // Not as a part of the page, whose policy would forbid it.
        await window.Page.EvaluateAsync(browser.Axe);
        var found = await window.Page.EvaluateAsync<JsonElement>("axe.run().then(found => found.violations.filter(broken => broken.impact === 'serious' || broken.impact === 'critical').map(broken => broken.id + ': ' + broken.nodes.slice(0, 3).map(node => node.html).join(' ')))");
        return [.. found.EnumerateArray().Select(broken => broken.GetString()!)];
    }
}
