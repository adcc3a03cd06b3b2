using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Programs that were not written here publish tasks and read results.</summary>
public sealed class InteropTests(Machine machine)
{
    private const string Pika = """
        import json, sys
        import pika

        url, prefix = sys.argv[1], sys.argv[2]
        channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
        channel.confirm_delivery()

        ruote = {"fei": {"wfid": "w"}, "fields": {"n": 1, "params": {"worker_type": "echo"}}}
        channel.basic_publish("", prefix + "taskqueue", json.dumps(ruote),
            pika.BasicProperties(content_type="application/json", correlation_id="c1", headers={"tenant": "acme", "n": 7}))
        channel.basic_publish("", prefix + "taskqueue", "echo some text",
            pika.BasicProperties(content_type="text/plain", correlation_id="c2", headers={"tenant": "other"}))

        results = {}
        for method, properties, body in channel.consume(prefix + "results", inactivity_timeout=60):
            if method is None:
                sys.exit("no result within a minute")
            results[properties.correlation_id] = {
                "body": body.decode(), "type": properties.content_type, "tenant": properties.headers["tenant"],
                "outcome": properties.headers["x-taskqueue-outcome"]}
            channel.basic_ack(method.delivery_tag)
            if len(results) == 2:
                break
        print(json.dumps(results))
        """;

    [Fact]
    public async Task Pika_publishes_workitems_and_reads_their_results()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        var (exitCode, output, error) = Shell.Try("/usr/bin/python3", Pika, "-", Url, site.Prefix);

        Assert.True(exitCode == 0, error);
        var results = JsonNode.Parse(output)!;
        Assert.Equal("""{"fei":{"wfid":"w"},"fields":{"n":1,"params":{"worker_type":"echo"}}}""", JsonNode.Parse(results["c1"]!["body"]!.ToString())!.ToJsonString());
        Assert.Equal("application/json", results["c1"]!["type"]!.ToString());
        Assert.Equal("acme", results["c1"]!["tenant"]!.ToString());
        Assert.Equal("echo some text", results["c2"]!["body"]!.ToString());
        Assert.Equal("text/plain", results["c2"]!["type"]!.ToString());
        Assert.Equal("other", results["c2"]!["tenant"]!.ToString());
        Assert.Equal("success", results["c2"]!["outcome"]!.ToString());
    }

    [Fact]
    public async Task Amqp_tools_publish_a_workitem_and_get_its_result()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);
        Shell.Run("amqp-publish", "--url", Url, "--routing-key", site.Queues.TaskQueue, "--content-type", "text/plain", "--body", "echo from amqp-tools");
        await site.WaitsAsync(site.Queues.Results("results"), 1);

        Assert.Equal("echo from amqp-tools", Shell.Run("amqp-get", "--url", Url, "--queue", site.Queues.Results("results")));
    }

    [Fact]
    public async Task The_command_line_client_sends_a_task_and_prints_its_result()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo", "testplugins"], "workers = echo, fail\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 2);

        var (exitCode, output, error) = Shell.Try(machine.Installation.Cli, "", "send", "echo", "hello", "--wait", "--config", site.ConfigFile);
        Assert.True(exitCode == 0, error);
        Assert.Equal("echo hello", output.Trim());

        (exitCode, _, error) = Shell.Try(machine.Installation.Cli, "", "send", "fail", "permanent", "--wait", "--config", site.ConfigFile);
        Assert.Equal(1, exitCode);
        Assert.Contains("the input is bad", error, StringComparison.Ordinal);
    }

    private string Url => string.Create(
        CultureInfo.InvariantCulture, $"amqp://{machine.Broker.BrokerOptions.User}:{Uri.EscapeDataString(machine.Broker.BrokerOptions.Password!)}@127.0.0.1:{machine.Broker.Port}");
}
