using Microsoft.Extensions.Logging;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Standalone;
using TaskQueue.Messaging;

namespace TaskQueue.Cli;

/// <summary>What the command has around it, so that tests can put it elsewhere.</summary>
internal sealed record Surroundings
{
    /// <summary>Standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output, for results: their bytes are not ours to convert.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Standard output, for texts.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether people read the output, in colours if we like: a terminal, and <see href="https://no-color.org">NO_COLOR</see> is not set.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Whether there is somebody to ask: standard input and standard error are a terminal.</summary>
    public bool CanAsk { get; init; }

    /// <summary>The environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Makes the connection to a broker.</summary>
    public required Func<BrokerOptions, ILoggerFactory, IBroker> CreateBroker { get; init; }

    /// <summary>Puts another program, with arguments, in the place of this process; returns why that failed.</summary>
    public Func<string, IReadOnlyList<string>, string> Become { get; init; } = ProcessImage.Become;

    /// <summary>The names that this user has seen lately, where they can be remembered.</summary>
    public RecentNames? Recent { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Fires when the user presses Ctrl-C.</summary>
    public CancellationToken Interrupted { get; init; }
}
