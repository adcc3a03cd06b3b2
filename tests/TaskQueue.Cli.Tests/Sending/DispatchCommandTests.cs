using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Sending;

public sealed class DispatchCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public async Task Sends_the_call_to_the_worker_type_that_serves_the_function()
    {
        var run = With("[routes]\napp.tasks.resize = resize");

        Assert.Equal(0, await run.RunAsync("dispatch", "app.tasks.resize", "cat.png", "640", "[1, {\"a\": null}]", "\"640\"", "null", "{a", "-k", "width=640", "--kwarg", "unit=px=1", "--priority", "9", "-H", "a=1"));

        var sent = Assert.Single(run.Broker.Sent);
        Assert.Equal(
            """{"function":"app.tasks.resize","args":["cat.png",640,[1,{"a":null}],"640",null,"{a"],"kwargs":{"width":640,"unit":"px=1"}}""",
            Encoding.UTF8.GetString(sent.Body.Span));
        var properties = sent.Properties;
        Assert.Equal(("taskqueue", "application/json", "resize"), (sent.RoutingKey, properties.ContentType, properties.HeaderText(HeaderNames.WorkerType)));
        Assert.Equal(((byte?)9, "1"), (properties.Priority, properties.HeaderText("a")));
        Assert.Equal(properties.MessageId + "\n", run.Out);
    }

    [Theory]
    [InlineData("[routes]\napp.resize = resize", "FUNCTION \"app.resise\": it is not in [routes], so nothing was called. Did you mean \"app.resize\"?")]
    [InlineData("[routes]\nother = resize", "FUNCTION \"app.resise\": it is not in [routes], so nothing was called.")]
    [InlineData("", "FUNCTION \"app.resise\": the configuration has no [routes], which say what worker type serves a function; expected a line there, as app.tasks.resize = resize.")]
    public async Task Calls_nothing_that_is_not_in_routes(string routes, string expected)
    {
        var run = With(routes);

        Assert.Equal(64, await run.RunAsync("dispatch", "app.resise"));

        Assert.Equal($"taskqueue: {expected}\n", run.Error);
        Assert.Empty(run.Broker.Sent);
    }

    [Theory]
    [InlineData("--kwarg \"width\": expected NAME=VALUE.", "-k", "width")]
    [InlineData("--kwarg \"a=2\": there is \"a\" already.", "-k", "a=1", "-k", "a=2")]
    public async Task Refuses_arguments_without_a_name_of_their_own(string expected, params string[] options)
    {
        var run = With("[routes]\nf = resize");

        Assert.Equal(64, await run.RunAsync(["dispatch", "f", .. options]));

        Assert.Equal($"taskqueue: {expected}\n", run.Error);
    }

    public void Dispose() => File.Delete(_file);

    private CliRun With(string configuration)
    {
        File.WriteAllText(_file, configuration);
        var run = new CliRun();
        run.Environment["TASKQUEUE_CONFIG"] = _file;
        return run;
    }
}
