using System.CommandLine;
using System.Text;
using TaskQueue.Cli.Completion;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests;

/// <summary>Runs the command within the test, over a broker in memory.</summary>
internal sealed class CliRun
{
    private volatile SharedStream? _written;

    public InMemoryBroker Broker { get; } = new();

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public byte[] Input { get; init; } = [];

    public bool IsTerminal { get; init; }

    public bool CanAsk { get; init; }

    /// <summary>The broker that the command gets, when it is not <see cref="Broker"/>.</summary>
    public IBroker? OtherBroker { get; init; }

    /// <summary>The names that its user has seen lately.</summary>
    public RecentNames? Recent { get; init; }

    /// <summary>How the command asked for the broker.</summary>
    public BrokerOptions? Options { get; private set; }

    public string Out { get; private set; } = "";

    /// <summary>What it has written until now, while it runs.</summary>
    public string OutSoFar => _written is { } bytes ? Encoding.UTF8.GetString(bytes.ToArray()) : "";

    public string Error { get; private set; } = "";

    public CancellationToken Interrupted { get; init; } = TestContext.Current.CancellationToken;

    /// <summary>All commands.</summary>
    public RootCommand Root => Make(new MemoryStream(), TextWriter.Null, TextWriter.Null).Root;

    public async Task<int> RunAsync(params string[] args)
    {
        using var bytes = new SharedStream();
        _written = bytes;
        await using var output = new StreamWriter(bytes, new UTF8Encoding(false)) { AutoFlush = true };
        await using var error = new StringWriter();
        var exitCode = await Make(bytes, output, error).RunAsync(args);
        Out = Encoding.UTF8.GetString(bytes.ToArray());
        Error = error.ToString();
        return exitCode;
    }

    private CommandLine Make(MemoryStream bytes, TextWriter output, TextWriter error) =>
        new(new Surroundings
        {
            OpenInput = () => new MemoryStream(Input),
            OpenOutput = () => new Borrowed(bytes),
            Out = output,
            Error = error,
            IsTerminal = IsTerminal,
            CanAsk = CanAsk,
            Environment = Environment,
            Recent = Recent,
            CreateBroker = (options, _) =>
            {
                Options = options;
                return OtherBroker ?? Broker;
            },
            Interrupted = Interrupted,
        });

    /// <summary>A stream that can be read while somebody writes into it.</summary>
    private sealed class SharedStream : MemoryStream
    {
        private readonly Lock _lock = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (_lock)
            {
                base.Write(buffer);
            }
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (_lock)
            {
                base.Write(buffer, offset, count);
            }
        }

        public override byte[] ToArray()
        {
            lock (_lock)
            {
                return base.ToArray();
            }
        }
    }

    /// <summary>A stream whose end is not the end of the one behind it.</summary>
    private sealed class Borrowed(MemoryStream behind) : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            WriteTo(behind);
            base.Dispose(disposing);
        }
    }
}
