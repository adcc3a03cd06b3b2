using System.CommandLine;

namespace TaskQueue.Cli.Control;

/// <summary>The options of commands that ask running services.</summary>
internal sealed class AskFlags
{
    /// <summary>How long services that only look have for their answers.</summary>
    public static readonly TimeSpan LookingTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long those have that do something; and how long it waits for one more.</summary>
    public static readonly TimeSpan SteeringTimeout = TimeSpan.FromSeconds(10), SteeringQuiet = TimeSpan.FromSeconds(1);

    private readonly Option<string?> _host = new("--host") { Description = "Only the services on this host, by its name as alive shows it.", HelpName = "HOST" };

    private readonly Option<TimeSpan?> _timeout;

    private readonly Option<int?> _expect = new("--expect")
    {
        Description = $"How many answers to wait for; then it waits no longer. Exit with {ExitCodes.TimedOut} when there are fewer.",
        HelpName = "N",
        CustomParser = argument => Numbers.Parse(argument),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly bool _steers;

    /// <summary>The options.</summary>
    /// <param name="steers">Whether services are to do something.</param>
    /// <param name="timeout">What <c>--timeout</c> says, where it is more than how long to wait for answers.</param>
    public AskFlags(bool steers, string? timeout = null)
    {
        _steers = steers;
        _timeout = Durations.Option("--timeout", timeout ?? (steers
            ? $"How long to wait for answers. Default {SteeringTimeout.TotalSeconds}s for the first one, and then {SteeringQuiet.TotalSeconds}s for each further one."
            : $"How long to wait for answers: nobody knows how many there will be. Default {LookingTimeout.TotalSeconds}s."));
    }

    public void AddTo(Command command)
    {
        command.Add(_host);
        command.Add(_timeout);
        command.Add(_expect);
        command.Add(_json);
    }

    public Asking Read(ParseResult parsed)
    {
        var asked = parsed.GetValue(_timeout);
        var timeout = asked ?? (_steers ? SteeringTimeout : LookingTimeout);
        return new Asking(parsed.GetValue(_host), timeout, _steers && asked is null ? SteeringQuiet : timeout, parsed.GetValue(_expect), parsed.GetValue(_json)) { IsTimeoutGiven = asked is not null };
    }
}

/// <summary>Whom to ask, and for how long.</summary>
/// <param name="Host">The only host that is meant.</param>
/// <param name="Timeout">How long to wait at most.</param>
/// <param name="Quiet">How long to wait for one more answer.</param>
/// <param name="Expect">How many answers are enough.</param>
/// <param name="Json">Whether the answer is for programs.</param>
internal sealed record Asking(string? Host, TimeSpan Timeout, TimeSpan Quiet, int? Expect, bool Json)
{
    /// <summary>Whether the user has said how long to wait.</summary>
    public bool IsTimeoutGiven { get; init; }
}
