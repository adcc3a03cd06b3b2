using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Hosting.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Control;

public sealed class ControlListenerTests(SharedBroker shared) : IAsyncLifetime
{
    private readonly QueueNames _names = new($"control_{Guid.NewGuid():N}_");
    private readonly ListLogger _log = new();
    private readonly DeliveryList _answers = new(ack: true);
    private IBroker _broker = null!;
    private bool _allowsSteering = true;
    private string _replyTo = "";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        _replyTo = _names.ControlOf("reply");
        await _broker.ConsumeAsync(new QueueDefinition(_replyTo, QueueType.Classic), new ConsumerOptions(10), _answers.OnDeliveryAsync, TestEnds);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DeleteQueueAsync(_replyTo, CancellationToken.None);
        await _broker.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Every_service_answers_with_what_it_is()
    {
        await using var first = await ListeningAsync("dispatcher");
        await using var second = await ListeningAsync("workerpool");

        await AskAsync("""{"command":"echo","what":"hello"}""", "c1");

        var deliveries = await _answers.AtLeastAsync(2);
        var answers = deliveries.Select(delivery => ControlAnswer.Read(delivery.Body.Span)!).ToList();
        Assert.Equal(["dispatcher", "workerpool"], answers.Select(answer => answer.Service.Kind).Order(StringComparer.Ordinal));
        Assert.All(answers, answer => Assert.Equal(("hello", Environment.ProcessId), ((string?)answer.Result, answer.Service.Pid)));
        Assert.All(deliveries, delivery => Assert.Equal("c1", delivery.Properties.CorrelationId));
    }

    [Fact]
    public async Task A_command_that_is_not_known_or_fails_is_answered_with_the_reason()
    {
        await using var listener = await ListeningAsync();

        await AskAsync("""{"command":"dance"}""");
        await AskAsync("""{"command":"fail"}""");

        await _answers.AtLeastAsync(2);
        var errors = _answers.All.Select(delivery => ControlAnswer.Read(delivery.Body.Span)!.Error).ToList();
        Assert.Contains("the command \"dance\" is not known here; known are echo, fail, steer", errors);
        Assert.Contains("the command \"fail\" failed: InvalidOperationException: no", errors);
    }

    [Fact]
    public async Task What_is_no_request_is_ignored_with_a_line_in_the_log()
    {
        await using var listener = await ListeningAsync();

        foreach (var body in (string[])["", "no json", "[]", "{}", """{"command":7}""", "\ud800"])
        {
            await AskAsync(body);
        }

        await PublishAsync("""{"command":"echo"}""", new MessageProperties());
        await AskAsync("""{"command":"echo"}""");

        await _answers.AtLeastAsync(1);
        Assert.Single(_answers.All);
        Assert.Equal(7, _log.Of(511).Count);
    }

    [Fact]
    public async Task Steering_can_be_forbidden_and_looking_cannot()
    {
        await using var listener = await ListeningAsync();

        await AskAsync("""{"command":"steer"}""", "allowed");
        await _answers.AtLeastAsync(1);
        _allowsSteering = false;
        await AskAsync("""{"command":"steer"}""", "forbidden");
        await AskAsync("""{"command":"echo","what":"x"}""", "looking");

        await _answers.AtLeastAsync(3);
        var answers = _answers.All.ToDictionary(delivery => delivery.Properties.CorrelationId!, delivery => ControlAnswer.Read(delivery.Body.Span)!, StringComparer.Ordinal);
        Assert.Equal(("done", "x"), ((string?)answers["allowed"].Result, (string?)answers["looking"].Result));
        Assert.Equal("\"steer\" is not allowed on this host: [taskqueue] allow_control = no", answers["forbidden"].Error);
    }

    [Fact]
    public async Task Steering_without_a_name_is_refused_and_no_answer_goes_where_tasks_are()
    {
        await using var listener = await ListeningAsync();

        await PublishAsync("""{"command":"steer"}""", new MessageProperties { ReplyTo = _replyTo, CorrelationId = "nameless" }, namesUser: false);
        await PublishAsync("""{"command":"echo","what":"x"}""", new MessageProperties { ReplyTo = _names.TaskQueue });
        await PublishAsync("""{"command":"echo","what":"x"}""", new MessageProperties { ReplyTo = _replyTo, CorrelationId = "looks" }, namesUser: false);

        await _answers.AtLeastAsync(2);
        var answers = _answers.All.ToDictionary(delivery => delivery.Properties.CorrelationId!, delivery => ControlAnswer.Read(delivery.Body.Span)!, StringComparer.Ordinal);
        Assert.Contains("expected the user of the services, or one of [taskqueue] control_users", answers["nameless"].Error, StringComparison.Ordinal);
        Assert.Equal("x", (string?)answers["looks"].Result);
        Assert.Single(_log.Of(516));
        Assert.Single(_log.Of(511));
    }

    [Fact]
    public async Task A_host_that_is_not_meant_does_not_answer()
    {
        await using var listener = await ListeningAsync();

        await AskAsync("""{"command":"echo","host":"elsewhere"}""", "other");
        await AskAsync($$"""{"command":"echo","host":"{{Environment.MachineName.ToUpperInvariant()}}"}""", "this");

        await _answers.AtLeastAsync(1);
        Assert.Equal("this", Assert.Single(_answers.All).Properties.CorrelationId);
    }

    [Fact]
    public async Task An_argument_of_the_wrong_kind_is_answered_with_what_was_expected()
    {
        await using var listener = await ListeningAsync();

        await AskAsync("""{"command":"echo","what":["x"]}""");

        await _answers.AtLeastAsync(1);
        Assert.Equal("\"what\": expected a text of at most 1000 characters", ControlAnswer.Read(Assert.Single(_answers.All).Body.Span)!.Error);
    }

    [Fact]
    public async Task A_queue_that_was_deleted_is_declared_and_bound_again()
    {
        await using var listener = await ListeningAsync();
        var queue = (await shared.Broker.QueuesAsync()).Single(
            name => name.StartsWith(_names.Control, StringComparison.Ordinal) && name != _replyTo);

        await _broker.DeleteQueueAsync(queue, TestEnds);

        await Eventually.TrueAsync(async () => await AskAsync("""{"command":"echo"}""") == PublishOutcome.Confirmed, () => "the exchange to reach a queue");
        await _answers.AtLeastAsync(1);
    }

    [Fact]
    public async Task Nobody_is_asked_when_the_service_has_ended()
    {
        await (await ListeningAsync()).DisposeAsync();

        Assert.Equal(PublishOutcome.Returned, await AskAsync("""{"command":"echo"}"""));
    }

    [Fact]
    public async Task An_exchange_that_nobody_has_declared_refuses_the_message()
    {
        Assert.Equal(PublishOutcome.RefusedForGood, await AskAsync("""{"command":"echo"}"""));
    }

    [Fact]
    public async Task A_broker_that_forbids_the_exchange_costs_a_line_in_the_log()
    {
        var user = $"limited_{Guid.NewGuid():N}";
        await shared.Broker.AddUserAsync(user, "secret", "^worker_", "^worker_", "^worker_");
        await using var limited = new RabbitMqBroker(
            shared.BrokerOptions with { User = user, Password = "secret" }, new ListLogger(), TimeProvider.System);
        await limited.ConnectAsync(TestEnds);

        await using (Listen(limited, "dispatcher"))
        {
            await Eventually.TrueAsync(() => _log.Of(510).Count > 0, () => _log.ToString());
        }

        Assert.Contains("ACCESS_REFUSED", Assert.Single(_log.Of(510)).Text, StringComparison.Ordinal);
    }

    private async Task<ControlListener> ListeningAsync(string kind = "dispatcher")
    {
        var listener = Listen(_broker, kind);
        await listener.Ready.WaitAsync(TestEnds);
        return listener;
    }

    private ControlListener Listen(IBroker broker, string kind) => ControlListener.Start(
        broker,
        _names,
        ServiceIdentity.New(kind),
        new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
        {
            ["echo"] = ControlCommand.Looking(request => request.Text("what")),
            ["fail"] = ControlCommand.Looking(_ => throw new InvalidOperationException("no")),
            ["steer"] = ControlCommand.Steering((_, _) => Task.FromResult<JsonNode?>("done")),
        },
        () => _allowsSteering,
        () => new ControlUsers(shared.BrokerOptions.User, []),
        _log);

    private Task<PublishOutcome> AskAsync(string body, string correlationId = "c") =>
        PublishAsync(body, new MessageProperties { ReplyTo = _replyTo, CorrelationId = correlationId });

    private Task<PublishOutcome> PublishAsync(string body, MessageProperties properties, bool namesUser = true) =>
        _broker.PublishAsync(new OutgoingMessage("", properties, Encoding.UTF8.GetBytes(body)) { Exchange = _names.Control, NamesUser = namesUser }, TestEnds);
}
