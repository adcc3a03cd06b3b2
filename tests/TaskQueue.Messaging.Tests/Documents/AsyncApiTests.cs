using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing.Documents;

namespace TaskQueue.Messaging.Tests.Documents;

/// <summary>docs/asyncapi.yaml names what the code has, and nothing else.</summary>
public sealed class AsyncApiTests
{
    private static readonly AsyncApiDocument Document = AsyncApiDocument.Read();

    public static TheoryData<string, Type> Records => new()
    {
        { "controlAnswer", typeof(ControlAnswer) },
        { "serviceReport", typeof(ServiceReport) },
        { "typeReport", typeof(TypeReport) },
        { "failureReport", typeof(FailureReport) },
        { "serviceProblem", typeof(ServiceProblem) },
        { "workerReport", typeof(WorkerReport) },
        { "taskReport", typeof(TaskReport) },
        { "cancelReport", typeof(CancelReport) },
        { "ledgerExtract", typeof(LedgerExtract) },
        { "queueCounts", typeof(QueueCounts) },
        { "steeringReport", typeof(SteeringReport) },
        { "eventBatch", typeof(EventBatch) },
        { "taskEvent", typeof(TaskEvent) },
    };

    [Fact]
    public void Every_header_of_the_system_is_in_the_document_and_the_other_way_round()
    {
        // The broker writes these two.
        var known = Constants(typeof(HeaderNames)).Except([HeaderNames.Prefix, HeaderNames.DeliveryCount, HeaderNames.AcquiredCount], StringComparer.Ordinal);

        Assert.Equal(known.Order(StringComparer.Ordinal), Document.Headers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_command_is_in_the_document_and_the_other_way_round() =>
        Assert.Equal(Constants(typeof(ControlCommands)).Order(StringComparer.Ordinal), Document.Words("controlRequest", "command").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_kind_of_event_is_in_the_document_and_the_other_way_round() =>
        Assert.Equal(Constants(typeof(TaskEventKinds)).Order(StringComparer.Ordinal), Document.Words("taskEvent", "kind").Order(StringComparer.Ordinal));

    [Fact]
    public void Queues_and_exchanges_have_the_names_of_the_document()
    {
        var names = new QueueNames();

        Assert.Equal(
            new[]
            {
                names.TaskQueue, names.DelayDue, names.Worker("{type}"), names.Buried("{type}"), names.Rejected, names.Unroutable, names.Results("results"), names.Control,
                names.Cancelled, names.Events, names.History,
            },
            Document.Addresses);
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void What_services_answer_has_the_members_of_the_document(string schema, Type record) =>
        Assert.Equal(
            record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name)).Order(StringComparer.Ordinal),
            Document.Properties(schema).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("result", "headers", """{"x-taskqueue-outcome": "perhaps"}""")]
    [InlineData("result", "headers", "{}")]
    [InlineData("delayedTask", "headers", """{"x-taskqueue-due": "tomorrow"}""")]
    [InlineData("controlRequest", "payload", """{"command": "scale", "type": "echo"}""")]
    [InlineData("controlAnswer", "payload", """{"service": {"kind": "workerpool", "host": "h", "pid": 1, "id": "i", "secret": 1}}""")]
    [InlineData("buriedTask", "headers", """{"x-taskqueue-reason": "crash", "x-taskqueue-error": "e", "x-taskqueue-last-failure": "yesterday"}""")]
    public void What_is_not_as_the_document_says_is_found(string message, string part, string json) =>
        Assert.NotNull(Document.Problem(message, part, JsonNode.Parse(json)));

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field is { IsLiteral: true } && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!);
}
