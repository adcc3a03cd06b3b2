using TaskQueue.Messaging;

namespace TaskQueue.Hosting.Health;

/// <summary>Whether a service is alive, which is a matter of its own loops, and whether it is ready, which is a matter of its surroundings as well.</summary>
/// <remarks>
/// A service whose broker is away is alive: starting it anew would not bring the broker back. May be used from several threads.
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class ServiceHealth(TimeProvider time)
{
    /// <summary>How long something may take to answer before it counts as stuck.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Protects the fields below it.
    private readonly Lock _gate = new();
    private readonly List<Loop> _loops = [];
    private readonly List<Probe> _probes = [];
    private long _lastLook = time.GetTimestamp();

    private volatile string? _pause = "it is starting";
    private volatile IBroker? _broker;

    /// <summary>What the service itself has to say against being ready.</summary>
    public Func<IEnumerable<string>> Objections { get; set; } = () => [];

    /// <summary>Takes care of a loop that must not end by itself.</summary>
    /// <param name="what">What it is, for people.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="stopping">Fires when it is asked to end.</param>
    public void Watch(string what, Task loop, CancellationToken stopping)
    {
        lock (_gate)
        {
            _loops.Add(new Loop(what, loop, stopping));
        }
    }

    /// <summary>Takes care of something that must answer when it is asked.</summary>
    /// <param name="what">What it is, for people.</param>
    /// <param name="ask">Asks it, and completes with its answer.</param>
    public void Ask(string what, Func<Task> ask)
    {
        lock (_gate)
        {
            _probes.Add(new Probe(what, ask));
        }
    }

    /// <summary>Takes note of the broker that it connects to.</summary>
    /// <param name="broker">The broker.</param>
    public void Use(IBroker broker) => _broker = broker;

    /// <summary>It does its work from now on, as far as the broker lets it.</summary>
    public void Serving() => _pause = null;

    /// <summary>It does not do its work for now.</summary>
    /// <param name="reason">Why.</param>
    public void Paused(string reason) => _pause = reason;

    /// <summary>Asks all that must answer. To be called every few seconds; that this happens is a part of being alive.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            _lastLook = time.GetTimestamp();
            _loops.RemoveAll(loop => loop.Task.IsCompleted && loop.Stopping.IsCancellationRequested);
            foreach (var probe in _probes.Where(probe => probe.Answer.IsCompleted))
            {
                probe.Asked = time.GetTimestamp();
                probe.Answer = AskAsync(probe);
            }
        }
    }

    /// <summary>What is stuck or has ended; empty when the service is alive.</summary>
    internal IReadOnlyList<string> Stuck()
    {
        lock (_gate)
        {
            var late = time.GetElapsedTime(_lastLook);
            return
            [
                .. _loops.Where(loop => loop.Task.IsCompleted && !loop.Stopping.IsCancellationRequested).Select(loop => $"{loop.What} has ended{Reason(loop.Task)}"),
                .. _probes.Where(probe => !probe.Answer.IsCompleted && time.GetElapsedTime(probe.Asked) > Patience)
                    .Select(probe => $"{probe.What} has not answered for {time.GetElapsedTime(probe.Asked).TotalSeconds:0} s"),
                .. late > Patience ? [$"nothing has looked after the service for {late.TotalSeconds:0} s"] : (IEnumerable<string>)[],
            ];
        }
    }

    /// <summary>What keeps the service from doing its work; empty when it is ready.</summary>
    internal IReadOnlyList<string> NotReady()
    {
        if (_broker?.Health is { IsHealthy: false } health)
        {
            return [$"the broker: {health.Reason}", .. Objections()];
        }

        return _pause is { } reason ? [reason] : [.. Objections()];
    }

    private static async Task AskAsync(Probe probe)
    {
        try
        {
            await probe.Ask();
        }
        catch (Exception)
        {
            // Whatever it says, it has answered; what is wrong with it is for its users to find.
        }
    }

    private static string Reason(Task loop) => loop.Exception?.InnerException is { } e ? $": {e.GetType().Name}: {e.Message}" : "";

    private sealed record Loop(string What, Task Task, CancellationToken Stopping);

    private sealed class Probe(string what, Func<Task> ask)
    {
        public string What => what;

        public Func<Task> Ask => ask;

        public Task Answer { get; set; } = Task.CompletedTask;

        public long Asked { get; set; }
    }
}
