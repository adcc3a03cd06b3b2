using System.CommandLine;
using TaskQueue.Client;

namespace TaskQueue.Cli.Sending;

/// <summary>The options of commands that send a task: what its message carries, whether to wait for the result, what to print.</summary>
internal sealed class SendingOptions
{
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A header; may be given several times.", HelpName = "NAME=VALUE" };

    private readonly Option<bool> _wait = new("--wait", "-w")
    {
        Description = $"Wait for the result, and print its body. Exit with {ExitCodes.Failed} when the task fails, with {ExitCodes.TimedOut} when no result comes in time.",
    };

    private readonly Option<TimeSpan?> _timeout = Durations.Option(
        "--timeout", $"How long to wait for the result or the broker's confirm. Default {TaskSender.DefaultTimeout.TotalSeconds}s, for a result of a delayed task in addition to the delay.");

    private readonly Option<TimeSpan?> _delay = Durations.Option("--delay", "Keep the task from the workers for so long, up to 366d.");

    private readonly Option<DateTimeOffset?> _at;

    private readonly Option<byte?> _priority = new("--priority")
    {
        Description = "0 to 255; higher ones are served first.",
        HelpName = "N",
        CustomParser = argument => (byte?)Numbers.Parse(argument, byte.MinValue, byte.MaxValue),
    };

    private readonly Option<TimeSpan?> _expires = Durations.Option("--expires", "How long the task is worth starting; then the broker drops it.");

    private readonly Option<string?> _correlationId = new("--correlation-id") { Description = "Comes back with the result.", HelpName = "ID" };

    private readonly Option<bool> _progress = new("--progress")
    {
        Description = "With --wait: tell on standard error how far the task is, where no progress bar is drawn. On a terminal there is one without this.",
    };

    private readonly Option<bool> _throughExchange = new("--through-exchange")
    {
        Description = "Publish to the exchange \"taskqueue\", which leads to the queue of that name alone: for a broker's user who may write nowhere else.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print message ids or result as a line of JSON." };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print no message ids." };

    public SendingOptions(TimeProvider time) => _at = Times.Option(
        "--at", "Keep the task from the workers until then: HH:MM, today or tomorrow, or a date with time, as 2027-01-31T18:30. A time that is past is no delay.", time);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_headers, _wait, _timeout, _delay, _at, _priority, _expires, _correlationId, _throughExchange, _progress, _json, _quiet])
        {
            command.Options.Add(option);
        }

        command.Validate(parsed =>
        {
            if (parsed.GetResult(_delay) is not null && parsed.GetResult(_at) is not null)
            {
                parsed.AddError("--delay and --at are both set: a task has one time.");
            }
        });
    }

    /// <summary>What they say of the message.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="contentType">The content type of its body, where somebody knows it.</param>
    /// <exception cref="CommandFailedException">One has no name, or is there twice.</exception>
    public EnqueueOptions ReadMessage(ParseResult parsed, string? contentType) => new()
    {
        ContentType = contentType,
        Headers = parsed.GetResult(_headers) is null ? null
            : NamedValues.Read(_headers.Name, parsed.GetValue(_headers)).ToDictionary(header => header.Key, header => (object?)header.Value, StringComparer.Ordinal),
        Priority = parsed.GetValue(_priority),
        Expiration = parsed.GetValue(_expires),
        Delay = parsed.GetValue(_delay),
        DeliverAt = parsed.GetValue(_at),
        CorrelationId = parsed.GetValue(_correlationId),

        // Known beforehand, so that its progress can be asked for.
        MessageId = parsed.GetValue(_wait) ? Guid.CreateVersion7().ToString() : null,
    };

    /// <summary>What they say of the command.</summary>
    public SendingWish Read(ParseResult parsed) => new()
    {
        Waits = parsed.GetValue(_wait),
        Timeout = parsed.GetValue(_timeout),
        ThroughExchange = parsed.GetValue(_throughExchange),
        TellsProgress = parsed.GetValue(_progress),
        Json = parsed.GetValue(_json),
        Quiet = parsed.GetValue(_quiet),
    };
}
