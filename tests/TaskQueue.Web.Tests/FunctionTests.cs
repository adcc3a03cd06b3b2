using System.Net;
using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Tests;

public sealed class FunctionTests
{
    private const string Routes = "[routes]\napp.tasks.resize = resize\nnightly = report";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_of_the_daemon_is_a_task_once_with_all_that_it_says()
    {
        const string Call = """{"function": "app.tasks.resize", "args": [1, "two"], "kwargs": {"width": 640}}""";
        await using var web = await WebSystem.StartAsync(Routes);
        await using var broker = await web.ConnectAsync(TestEnds);
        Task<HttpResponseMessage> SendAsync() => web.SendAsync(
            HttpMethod.Post, "/dispatch", Call, token: null,
            ("X-Aws-Sqsd-Msgid", "5fea7756-0ea4-451a-a703-a558b933e274"), ("X-Aws-Sqsd-Queue", "work"), ("X-Aws-Sqsd-Receive-Count", "1"), ("X-Aws-Sqsd-Attr-Tenant", "seven"));

        var responses = await Task.WhenAll(SendAsync(), SendAsync(), SendAsync());

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var task = await broker.GetAsync("taskqueue", TestEnds);
        Assert.NotNull(task);
        Assert.Equal(Call, Encoding.UTF8.GetString(task.Body.Span));
        Assert.Equal(("resize", "work", "1", "seven"), (Text(HeaderNames.WorkerType), Text("x-aws-sqsd-queue"), Text("x-aws-sqsd-receive-count"), Text("x-aws-sqsd-attr-tenant")));
        Assert.Null(await broker.GetAsync("taskqueue", TestEnds));

        string? Text(string header) => task.Properties.HeaderText(header);
    }

    [Fact]
    public async Task A_periodic_task_has_its_function_in_a_header()
    {
        await using var web = await WebSystem.StartAsync(Routes);
        await using var broker = await web.ConnectAsync(TestEnds);

        var response = await web.SendAsync(
            HttpMethod.Post, "/dispatch", "elasticbeanstalk scheduled job", token: null, ("X-Aws-Sqsd-Taskname", "nightly"), ("X-Aws-Sqsd-Scheduled-At", "2026-12-01T00:00:00Z"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var task = await broker.GetAsync("taskqueue", TestEnds);
        Assert.Equal(("report", "2026-12-01T00:00:00Z"), (task!.Properties.HeaderText(HeaderNames.WorkerType), task.Properties.HeaderText("x-aws-sqsd-scheduled-at")));
        Assert.Equal("""{"function":"nightly","args":[],"kwargs":{}}""", Encoding.UTF8.GetString(task.Body.Span));
    }

    [Theory]
    [InlineData("""{"function": "os.system", "args": ["rm"]}""", 404)]
    [InlineData("""{"function": "APP.tasks.resize"}""", 404)]
    [InlineData("""{"function": "app.tasks.resize", "args": {}}""", 400)]
    [InlineData("""{"function": "app.tasks.resize", "kwargs": []}""", 400)]
    [InlineData("""{"function": "nightly", "function": "app.tasks.resize"}""", 400)]
    [InlineData("""{"function": ["app.tasks.resize"]}""", 400)]
    [InlineData("nightly", 400)]
    [InlineData("", 400)]
    public async Task What_is_no_call_of_a_known_function_runs_nothing(string body, int status)
    {
        await using var web = await WebSystem.StartAsync(Routes);
        await using var broker = await web.ConnectAsync(TestEnds);

        await WebSystem.ProblemOf((HttpStatusCode)status, await web.SendAsync(HttpMethod.Post, "/dispatch", body));

        Assert.Null(await broker.GetAsync("taskqueue", TestEnds));
    }

    [Fact]
    public async Task Without_routes_there_is_no_such_path()
    {
        await using var web = await WebSystem.StartAsync();

        await WebSystem.ProblemOf(HttpStatusCode.NotFound, await web.SendAsync(HttpMethod.Post, "/dispatch", """{"function": "f"}"""));
    }
}
