using Microsoft.Playwright;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;

namespace TaskQueue.Web.BrowserTests;

/// <summary>What people do with the pages.</summary>
public sealed class UseTests(Browser browser)
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_action_asks_first_and_shows_what_came_of_it(bool runsScripts)
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        var running = services.Tasks[0].Id;
        await using var window = await browser.OpenAsync(web, runsScripts: runsScripts);
        foreach (var (path, link, button, shown) in ((string, string, string, string)[])
            [
                ("/queues", "Pause resize", "Pause on 1 service", "pause on workerpool"), ("/queues", "Resume resize", "Resume on 1 service", "resume on workerpool"), ("/workers", "Scale resize on host1", "Scale on 1 service", "scale on workerpool"),
                ("/workers", "Reload all services", "Reload on 2 services", "reload on dispatcher"), ($"/task?id={running}", "Cancel the task", "Cancel this task", "told to end"),
            ])
        {
            await window.GoAsync(path);
            await window.Page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();
            await window.Page.WaitForURLAsync("**/act?**");
            if (link.StartsWith("Scale", StringComparison.Ordinal))
            {
                await window.Page.GetByLabel("Workers on each pool").FillAsync("6");
            }

            await window.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
            await window.SeesAsync(shown);
            Assert.Contains("/done?entry=", window.Page.Url, StringComparison.Ordinal);
        }

        Assert.Equal(6, services.Told.Last(told => told.Command == ControlCommands.Scale).RequiredNumber("workers", 0, 10));
        Assert.Empty(window.Complaints);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_failed_for_good_is_found_by_its_error_and_sent_back_or_deleted(bool runsScripts)
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        await using var window = await browser.OpenAsync(web, runsScripts: runsScripts);
        await window.GoAsync("/");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Look: 3 tasks of resize have failed for good and are buried.", Exact = true }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "no end within 30 s", Exact = true }).ClickAsync();
        await window.SeesAsync("2 tasks");

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Kick all of these", Exact = true }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Kick 2 tasks", Exact = true }).ClickAsync();
        await window.SeesAsync("sent to worker_resize");
        await window.GoAsync($"/task?id={BusyDay.Buried}");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "The message", Exact = true }).ClickAsync();
        await window.SeesAsync("tenant");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Delete", Exact = true }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Delete 1 task", Exact = true }).ClickAsync();
        await window.SeesAsync("deleted from worker_resize.buried");
        await window.GoAsync("/buried");
        await window.SeesAsync("No task is buried");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task All_of_it_can_be_done_with_the_keyboard()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        await using var window = await browser.OpenAsync(web);
        await window.GoAsync("/");

        await window.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await FocusedAsync(window));
        await TabToAsync(window, "Queues");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.Page.WaitForURLAsync("**/queues");
        await TabToAsync(window, "Pause checksum");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.Page.WaitForURLAsync("**/act?**");
        await TabToAsync(window, "Pause on 1 service");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("pause on workerpool");

        Assert.Contains(services.Told, told => told.Command == ControlCommands.Pause && told.Text("type") == "checksum");
    }

    [Fact]
    public async Task A_search_is_an_address_that_can_be_kept()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        await using var window = await browser.OpenAsync(web);
        await window.GoAsync("/tasks");

        await window.Page.GetByLabel("Outcome").SelectOptionAsync("permanent");
        await window.Page.GetByLabel("Error contains").FillAsync("identify");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await window.Page.WaitForURLAsync("**/tasks?outcome=permanent&error=identify");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = BusyDay.Buried, Exact = true }).ClickAsync();

        await window.SeesAsync("Run 2 ended: permanent");
        await window.SeesAsync("UnidentifiedImageError");
    }

    [Fact]
    public async Task What_changes_is_seen_at_once_unless_it_is_paused_and_nothing_is_lost_by_it()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        await using var window = await browser.OpenAsync(web);
        await window.GoAsync($"/task?id={BusyDay.Buried}");
        await window.SeesAsync("Live");
        var summary = window.Page.Locator("summary").First;
        await summary.ClickAsync();
        await summary.FocusAsync();

        await services.TellAsync(new TaskEvent(TaskEventKinds.Deleted, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()) { Id = BusyDay.Buried, Type = "resize", By = "somebody", Attempt = 2 });
        await window.SeesAsync("Deleted by somebody");
        Assert.True(await window.Page.Locator("details").First.EvaluateAsync<bool>("details => details.open"));
        Assert.True(await summary.EvaluateAsync<bool>("summary => summary === document.activeElement"));

        await window.GoAsync("/workers");
        await window.SeesAsync("Live");
        services.Tasks = [new TaskReport("first-change", "resize") { Running = true, Worker = "resize#1", Attempt = 1 }];
        await window.SeesAsync("first-change");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Stop updating", Exact = true }).ClickAsync();
        await window.SeesAsync("Stopped");
        var before = await window.Page.ContentAsync();
        services.Tasks = [new TaskReport("second-change", "resize") { Running = true, Worker = "resize#1", Attempt = 1 }];
        await window.Page.WaitForTimeoutAsync(2500);
        Assert.Equal(before, await window.Page.ContentAsync());
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Go on", Exact = true }).ClickAsync();
        await window.SeesAsync("second-change");
        await window.SeesNoMoreAsync("first-change");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_page_comes_back_by_itself_after_the_service_restarts()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await BusyDay.StartAsync(web, TestEnds);
        await using var window = await browser.OpenAsync(web);
        await window.GoAsync("/workers");
        await window.SeesAsync("Live");

        await web.StopAsync();
        await window.SeesAsync("Reconnecting…");
        await web.StartAgainAsync();

        await window.SeesAsync("Live");
        services.Tasks = [new TaskReport("after-the-restart", "resize") { Running = true, Worker = "resize#1", Attempt = 1 }];
        await window.SeesAsync("after-the-restart");
    }

    [Fact]
    public async Task A_person_logs_in_and_out_and_is_led_to_where_to_log_in_when_the_token_is_gone()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("secret", WebRole.Viewer));
        await using var window = await browser.OpenAsync(web);
        await window.GoAsync("/queues");
        await window.Page.GetByLabel("Token").FillAsync("guess");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("Nobody has that token.");
        await window.Page.GetByLabel("Token").FillAsync("secret");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Log in", Exact = true }).ClickAsync();
        await window.Page.WaitForURLAsync("**/queues");
        await window.SeesAsync("who-secret");
        await window.SeesAsync("Live");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Log out", Exact = true }).ClickAsync();
        await window.Page.WaitForURLAsync("**/login");
        await window.Page.GetByLabel("Token").FillAsync("secret");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("Live");
        web.WriteTokens();
        await window.Page.WaitForURLAsync("**/login");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task What_others_have_written_runs_nowhere()
    {
        string[] hostile = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)", "javascript:alert(1)", "</title></textarea><svg onload=alert(1)>", "\u202egnp.exe"];
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        services.Tasks = [.. hostile.Select((text, i) => new TaskReport($"{i}{text}", "resize") { Running = true, Worker = text, User = text, Message = text, Attempt = 1 })];
        services.Workers = [.. hostile.Select(text => new WorkerReport(text, "resize", text) { User = text, Problem = text })];
        services.Pool = services.Pool with { Types = [.. hostile.Select(text => new TypeReport(text) { Trouble = text })], Problems = [.. hostile.Select(text => new ServiceProblem(text, text) { Section = text })], Failures = [.. hostile.Select(text => new FailureReport(DateTimeOffset.UnixEpoch, text, text, text, text))] };
        await services.TellAsync([.. hostile.Select((text, i) => new TaskEvent(TaskEventKinds.Ended, now) { Id = $"t{i}{text}", Type = text, Outcome = text, Error = text, User = text, Worker = text, Body = text, By = text, Message = text, Attempt = 1 })]);
        await Eventually.TrueAsync(async () => (await web.Client.GetStringAsync("/api/v1/history", TestEnds)).Contains("t5", StringComparison.Ordinal), () => "the tasks");
        await using var window = await browser.OpenAsync(web);
        foreach (var path in (string[])["/", "/tasks", "/queues", "/workers", "/audit", .. hostile.SelectMany((text, i) => (string[])[$"/task?id={Uri.EscapeDataString($"t{i}{text}")}", $"/task?id={Uri.EscapeDataString($"{i}{text}")}", $"/tasks?error={Uri.EscapeDataString(text)}", $"/act?do=pause&type={Uri.EscapeDataString(text)}"])])
        {
            await window.GoAsync(path);
            if (path is "/" or "/tasks" or "/workers")
            {
                await window.SeesAsync("Live");
            }
        }

        Assert.Empty(window.Complaints);
    }

    private static async Task TabToAsync(Window window, string name)
    {
        const int MostPresses = 120;
        for (var i = 0; i < MostPresses && await FocusedAsync(window) != name; i++)
        {
            await window.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Equal(name, await FocusedAsync(window));
    }

    private static Task<string> FocusedAsync(Window window) => window.Page.EvaluateAsync<string>("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()");
}
