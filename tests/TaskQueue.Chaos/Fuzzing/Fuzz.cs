using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Sends hostile messages through a real dispatcher, and finds every one of them again.</summary>
internal sealed class Fuzz
{
    private const int AtOnce = 500, Prefetch = 500, WarmUp = 2000, LargeEvery = 20_000, LeastLarge = 3, LongestLine = 300, FriendlyAtOnce = 20;

    // Memory of a .NET process is given back by and by; this much above the beginning is what a process that has worked keeps.
    private const long NormalBytes = 200L * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2), Patience = TimeSpan.FromSeconds(30), ToCalmDown = TimeSpan.FromSeconds(90);

    private readonly Stage _stage;
    private readonly int _seed;
    private readonly int _count;
    private readonly TextWriter _progress;

    // Everything by the message's number.
    private readonly ConcurrentDictionary<long, (string Kind, UInt128 Hash)> _sent = [];
    private readonly ConcurrentDictionary<long, bool> _confirmed = [];
    private readonly ConcurrentDictionary<long, int> _arrived = [];
    private readonly ConcurrentQueue<string> _changed = [];
    private readonly List<string> _refused = [];
    private int _forwarded;
    private int _rejected;
    private long _highest;

    private Fuzz(Stage stage, int seed, int count, TextWriter progress)
    {
        _stage = stage;
        _seed = seed;
        _count = count;
        _progress = progress;
    }

    public static async Task<FuzzReport> RunAsync(int seed, int count, TextWriter progress, CancellationToken cancellationToken)
    {
        progress.WriteLine($"== Fuzzing a dispatcher with {count} messages, seed {seed}");
        await using var stage = await Stage.SetUpAsync(new StageOptions { Dispatchers = 1, Pools = 0 }, cancellationToken);
        return await new Fuzz(stage, seed, count, progress).RunAsync(cancellationToken);
    }

    private Service Dispatcher => _stage.Dispatchers[0];

    private int Open => _confirmed.Count - _arrived.Count;

    private async Task<FuzzReport> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var knownQueue = Stage.Queues.Worker(HostileMessages.KnownType);
        await _stage.Broker.DeclareQueueAsync(new QueueDefinition(knownQueue), cancellationToken);
        await using var forwarded = await TakeAsync(knownQueue, () => Interlocked.Increment(ref _forwarded), cancellationToken);
        await using var rejected = await TakeAsync(Stage.Queues.Rejected, () => Interlocked.Increment(ref _rejected), cancellationToken);

        var messages = new HostileMessages(_seed);
        await SendAsync(Enumerable.Range(-WarmUp, WarmUp), messages.Next, cancellationToken);
        await WhenArrivedAsync(cancellationToken);
        var (pid, before) = (Dispatcher.Pid, Rss());
        _progress.WriteLine($"== Warm: {before / 1024 / 1024} MiB");

        var large = Math.Max(1, Math.Min(LargeEvery, _count / LeastLarge));
        await SendAsync(
            Enumerable.Range(0, _count), number => number % large == large / 2 ? messages.NextLarge(number) : messages.Next(number), cancellationToken);
        await WhenArrivedAsync(cancellationToken);
        _progress.WriteLine($"== Sent; the dispatcher has {Rss() / 1024 / 1024} MiB");

        List<string> problems = [.. _stage.Services.SelectMany(service => service.Failures)];
        var after = await RssInPeaceAsync(before, messages, cancellationToken);
        if (after > before + NormalBytes)
        {
            problems.Add($"The dispatcher's memory does not go down: {before} bytes before, {after} after.");
        }

        if (Dispatcher.Pid != pid || !ProcessFacts.Exists(pid))
        {
            problems.Add($"The dispatcher ended:\n{Dispatcher.Log}");
        }

        if (_confirmed.Count - _arrived.Count is var rest && await WaitingAsync(Stage.Queues.Unroutable, cancellationToken) < rest)
        {
            problems.Add($"The dispatcher is stuck, with {rest} messages before it. Its log:\n{Rare(Dispatcher.Log)}");
        }

        problems.AddRange(Dispatcher.Log.Split('\n').Where(IsConnectionLoss).Take(10).Select(line => $"The dispatcher lost its connection: {line}"));
        if (await Dispatcher.StopAsync() is var exitCode and not 0)
        {
            problems.Add($"The dispatcher exited with {exitCode}:\n{Dispatcher.Log}");
        }

        var unroutable = await DrainAsync(Stage.Queues.Unroutable, cancellationToken);
        var notDispatched = await DrainAsync(Stage.Queues.TaskQueue, cancellationToken);
        return new FuzzReport
        {
            Seed = _seed,
            Sent = _sent.Count,
            RefusedByBroker = _refused,
            Kinds = _confirmed.Keys.CountBy(number => _sent[number].Kind).ToDictionary(StringComparer.Ordinal),
            Confirmed = _confirmed.Count,
            Forwarded = _forwarded,
            Rejected = _rejected,
            Unroutable = unroutable,
            NotDispatched = notDispatched,
            Lost = [.. _confirmed.Keys.Where(number => !_arrived.ContainsKey(number)).Select(number => $"{number} ({_sent[number].Kind})")],
            Again = _arrived.Count(entry => entry.Value > 1),
            Changed = [.. _changed],
            RssBefore = before,
            RssHighest = _highest,
            RssAfter = after,
            Seconds = clock.Elapsed.TotalSeconds,
            Problems = problems,
        };
    }

    // The lines that say what is wrong with a message are many, and expected.
    private static string Rare(string log) => string.Join(
        '\n',
        log.Split('\n').Where(line => !line.Contains("Rejected", StringComparison.Ordinal) && !line.Contains("more messages were", StringComparison.Ordinal) && !line.Contains("waits for a pool", StringComparison.Ordinal)).TakeLast(5).Select(line => line[..Math.Min(line.Length, LongestLine)]));

    private async Task<long> WaitingAsync(string queue, CancellationToken cancellationToken) =>
        (await _stage.Broker.InspectQueueAsync(queue, cancellationToken))?.Ready ?? 0;

    private static bool IsConnectionLoss(string line) =>
        line.Contains(" warn ", StringComparison.Ordinal) && line.Contains("connection", StringComparison.OrdinalIgnoreCase);

    private Task<IConsumer> TakeAsync(string queue, Action count, CancellationToken cancellationToken) => _stage.Broker.ConsumeAsync(
        new QueueDefinition(queue),
        new ConsumerOptions(Prefetch) { KeepBodies = false },
        delivery =>
        {
            count();
            Arrived(delivery);
            return ValueTask.CompletedTask;
        },
        cancellationToken);

    private void Arrived(Delivery delivery)
    {
        if (Trace.Find(delivery) is { } trace)
        {
            _arrived.AddOrUpdate(trace.Number, 1, (_, times) => times + 1);
            if (_sent.TryGetValue(trace.Number, out var sent) && sent.Hash != HashOf(trace.Body.Span))
            {
                _changed.Enqueue($"{trace.Number} ({sent.Kind})");
            }
        }

        delivery.Settle(Settlement.Ack);
    }

    private async Task SendAsync(IEnumerable<int> numbers, Func<long, HostileMessage> next, CancellationToken cancellationToken)
    {
        RawPublisher? publisher = null;
        try
        {
            foreach (var number in numbers)
            {
                var message = next(number);
                _sent[number] = (message.Kind, HashOf(message.Body.Span));
                publisher ??= await ConnectAsync(cancellationToken);
                try
                {
                    await publisher.PublishAsync(Stage.Queues.TaskQueue, number, message, cancellationToken);
                }
                catch (IOException e)
                {
                    // The broker would not take it, or one before; the next publisher goes on with the next message.
                    _refused.Add($"{number} ({message.Kind}): {e.Message}");
                    await publisher.DisposeAsync();
                    publisher = null;
                }

                if (number % 500 == 0)
                {
                    Rss();
                }

                if (number % 10_000 == 0)
                {
                    _progress.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{number,8} sent, {Open} under way, {_refused.Count} refused by the broker, {_highest / 1024 / 1024} MiB at most"));
                }
            }

            if (publisher is not null)
            {
                await publisher.WhenConfirmedAsync(cancellationToken);
            }
        }
        finally
        {
            if (publisher is not null)
            {
                await publisher.DisposeAsync();
            }
        }
    }

    private Task<RawPublisher> ConnectAsync(CancellationToken cancellationToken) =>
        RawPublisher.ConnectAsync(_stage.Nodes[0].Port, AtOnce, number => _confirmed[number] = true, cancellationToken);

    /// <summary>Waits until all that was confirmed has arrived, or waits for its worker type, or nothing moves any more.</summary>
    private async Task WhenArrivedAsync(CancellationToken cancellationToken)
    {
        var (open, since) = (Open, Stopwatch.StartNew());
        while (since.Elapsed < Patience)
        {
            if (Open <= await WaitingAsync(Stage.Queues.Unroutable, cancellationToken))
            {
                return;
            }

            if (Open != open)
            {
                (open, since) = (Open, Stopwatch.StartNew());
            }

            Rss();
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The dispatcher's memory after a while of ordinary messages; a process that does nothing collects no garbage.</summary>
    private async Task<long> RssInPeaceAsync(long before, HostileMessages messages, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        for (var first = _count; Rss() > before + NormalBytes && clock.Elapsed < ToCalmDown; first += FriendlyAtOnce)
        {
            await SendAsync(Enumerable.Range(first, FriendlyAtOnce), messages.NextFriendly, cancellationToken);
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }

        await WhenArrivedAsync(cancellationToken);
        return Rss();
    }

    private async Task<int> DrainAsync(string queue, CancellationToken cancellationToken)
    {
        var count = 0;
        while (await _stage.Broker.GetAsync(queue, cancellationToken) is { } delivery)
        {
            Arrived(delivery);
            count++;
        }

        return count;
    }

    private long Rss()
    {
        var status = ProcessFacts.Status(Dispatcher.Pid, "VmRSS");
        var bytes = status is null ? 0 : 1024 * long.Parse(status.AsSpan().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
        _highest = Math.Max(_highest, bytes);
        return bytes;
    }

    private static UInt128 HashOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return BitConverter.ToUInt128(hash);
    }
}
