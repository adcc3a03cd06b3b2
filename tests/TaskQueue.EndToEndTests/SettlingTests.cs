using System.Diagnostics;
using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Settling ends, whatever the broker refuses; through the real services.</summary>
public sealed class SettlingTests(Machine machine, SettlingTests.LimitedBroker limited) : IClassFixture<SettlingTests.LimitedBroker>
{
    private const int MostBytes = 1_000_000;

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "B2")]
    public async Task A_result_that_is_too_large_is_a_permanent_failure_once_and_nobody_elses_comes_twice()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = results-large, fail\nshutdown_timeout = 60s\n", limited.Broker);
        await site.StartDispatcherAsync();
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 2));

        var large = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            var bytes = i % 25 == 10 ? MostBytes + 500 : 10;
            var id = await site.SendRawAsync(string.Create(CultureInfo.InvariantCulture, $"results-large {bytes}"), Text);
            if (bytes > MostBytes)
            {
                large.Add(id);
            }
        }

        // The work item and the error together do not fit.
        var failed = await site.SendRawAsync($"fail permanent {new string('x', MostBytes - 50)}", Text);

        var results = await site.ResultsAsync(101);
        Assert.All(results.Values, result => Assert.Equal(1, result.Copies));
        Assert.Equal(large.Append(failed).Order(StringComparer.Ordinal), results.Where(result => result.Value.Outcome == "permanent").Select(result => result.Key).Order(StringComparer.Ordinal));
        Assert.Equal((0, "the input is bad"), (results[failed].Body.Length, results[failed].Error));
        var buried = await site.TakeAsync(site.Queues.Buried("results-large"), large.Count);
        Assert.All(buried.Values, task => Assert.Contains(
            $"its body has {MostBytes + 500 + "results-large ".Length} bytes, and the broker takes at most {MostBytes} (max_message_size)", task.Properties.HeaderText(HeaderNames.Error)!, StringComparison.Ordinal));
        Assert.All(buried.Values.Concat((await site.TakeAsync(site.Queues.Buried("fail"), 1)).Values), task => Assert.Equal(1, task.Copies));
        await site.WaitsAsync(site.Queues.Worker("results-large"), 0);
        Assert.InRange(pool.Count("The broker refuses message"), 1, 2);
        Audited(site);
        await StopsSoonAsync(pool);
    }

    [Fact]
    [Trait("Case", "B1")]
    public async Task A_task_that_may_not_be_buried_waits_without_repeating_anything_and_holds_up_nobody()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = results-large\nshutdown_timeout = 60s\n", limited.Broker);
        var user = $"services_{site.Prefix}";
        await limited.Broker.AddUserAsync(user, user, $"^{site.Prefix}(taskqueue.*|results|worker_results-large)$", ".*", ".*");
        await File.WriteAllTextAsync(site.ConfigFile, site.ConfigAs(user, user), TestEnds);
        await site.StartDispatcherAsync();
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 1));

        var stuck = new[] { await site.SendRawAsync("results-large -1", Text), await site.SendRawAsync("results-large -1", Text), await site.SendRawAsync("results-large -1", Text) };
        await pool.LoggedAsync("cannot be settled for now", times: 3);
        for (var i = 0; i < 20; i++)
        {
            await site.SendRawAsync("results-large 10", Text);
        }

        var results = await site.ResultsAsync(23);
        Assert.All(results.Values, result => Assert.Equal(1, result.Copies));
        Assert.Contains("waited on ", CommandRun.Of(machine, site, "cancel", stuck[0]).Ok().Output, StringComparison.Ordinal);
        await pool.LoggedAsync($"Task {stuck[0]} was cancelled by");
        await StopsSoonAsync(pool);
        await site.WaitsAsync(site.Queues.Worker("results-large"), 2);
        Assert.All(stuck, id => Assert.Equal(1, pool.Count($"Task {id} cannot be settled for now")));

        await limited.Broker.PermitAsync(user, ".*", ".*", ".*");
        await AnsweringAsync(site.StartPoolAsync(ready: 1));
        var buried = await site.TakeAsync(site.Queues.Buried("results-large"), 2);
        Assert.Equal(stuck[1..].Order(StringComparer.Ordinal), buried.Keys.Order(StringComparer.Ordinal));
        Assert.All(buried.Values, task => Assert.Equal(1, task.Copies));
        Audited(site);
        await limited.Broker.RemoveUserAsync(user);
    }

    [Fact]
    [Trait("Case", "A7")]
    public async Task A_full_reply_queue_holds_up_nobody_and_gets_its_answers_when_there_is_room()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = return\n[return]\nworkers = 2\n", limited.Broker);
        await AnsweringAsync(site.StartDispatcherAsync());
        var pool = await AnsweringAsync(site.StartPoolAsync(ready: 2));
        var full = $"{site.Prefix}customer";
        await using var customer = await PlainPublisher.ConnectAsync(site.BrokerOptions);
        var bounds = new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" };
        await customer.Channel.QueueDeclareAsync(full, durable: true, exclusive: false, autoDelete: false, bounds, cancellationToken: TestEnds);
        await Eventually.TrueAsync(
            async () => await site.Broker.PublishAsync(new OutgoingMessage(full, new MessageProperties(), default), TestEnds) == PublishOutcome.Refused, () => "a full queue");

        var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.SendRawAsync("return x", Text with { ReplyTo = full })));
        await pool.LoggedAsync($"Queue {full} takes no results for now");
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.SendRawAsync("return x", Text)));

        var clock = Stopwatch.StartNew();
        Assert.Equal(others.Order(StringComparer.Ordinal), (await site.ResultsAsync(20)).Keys.Order(StringComparer.Ordinal));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await site.WaitsAsync(site.Queues.Worker("return"), 0);
        Assert.InRange(pool.Count("takes no results for now"), 1, 3);

        var answers = await site.TakeAsync(full, 21);
        Assert.All(asked, id => Assert.Equal(("success", 1), (answers[id].Outcome, answers[id].Copies)));
        Audited(site);
    }

    private static async Task<ServiceProcess> AnsweringAsync(Task<ServiceProcess> starting)
    {
        var service = await starting;
        await service.LoggedAsync("Answering what is asked");
        return service;
    }

    private static async Task StopsSoonAsync(ServiceProcess pool)
    {
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await pool.StopAsync());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    private void Audited(Site site)
    {
        CommandRun.Of(machine, site, "audit", "--json").Ok();
    }

    /// <summary>A broker with a small <c>max_message_size</c>.</summary>
    public sealed class LimitedBroker : IAsyncLifetime
    {
        public PrivateBroker Broker { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Broker = await PrivateBroker.StartAsync(MostBytes);

        public ValueTask DisposeAsync() => Broker?.DisposeAsync() ?? default;
    }
}
