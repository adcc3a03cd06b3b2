using System.Diagnostics;
using System.Globalization;
using TaskQueue.Chaos.Ledgers;
using TaskQueue.Chaos.Staging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Sends hostile messages through a real dispatcher and a real pool while ordinary tasks run, and finds every one of them again.</summary>
internal sealed class Fuzz
{
    private const int WarmUp = 500, FriendlyAtOnce = 20, WorkersPerType = 2;

    // Numbers above all others.
    private const long FirstOfRounds = 1_000_000_000, BetweenRounds = 100;

    // A publisher that is faster than everybody else fills the queue for everybody: nothing else is to be held up by one.
    private const int LookEvery = 200, TellEvery = 1000, MostWaiting = 500;

    // The pools of arrays of the framework give up one large array a minute or so.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2), Patience = TimeSpan.FromSeconds(30), ToCalmDown = TimeSpan.FromMinutes(4);

    private static readonly StageOptions OnStage = new()
    {
        Dispatchers = 1,
        Pools = 1,
        WorkersPerPool = WorkersPerType,
        MoreTypes = new Dictionary<string, string>
        {
            [Draw.KnownType] = $"workers = {WorkersPerType}\nmax_attempts = 2\nrelease_delay = 0s\nmax_result = 1M",
            [Draw.CrashType] = $"plugin = {Draw.KnownType}\nworkers = {WorkersPerType}\non_crash = bury\ntimeout = 1s\non_timeout = bury",
            [Draw.CommandType] = $"command = /bin/cat\nworkers = {WorkersPerType}",
        },
    };

    private readonly Stage _stage;
    private readonly FuzzOptions _options;
    private readonly TextWriter _progress;
    private readonly HostileMessages _messages;
    private readonly Findings _findings = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationToken _stop;

    private Fuzz(Stage stage, FuzzOptions options, TextWriter progress, CancellationToken stop)
    {
        _stage = stage;
        _options = options;
        _progress = progress;
        _messages = new HostileMessages(options.Seed);
        _stop = stop;
    }

    /// <summary>Sets a stage up, and runs.</summary>
    /// <param name="options">How much is sent.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<FuzzReport> RunAsync(FuzzOptions options, TextWriter progress, CancellationToken cancellationToken)
    {
        progress.WriteLine($"== Fuzzing a dispatcher and a pool with {options.Count} messages, seed {options.Seed}");
        await using var stage = await Stage.SetUpAsync(OnStage, cancellationToken);
        return await new Fuzz(stage, options, progress, cancellationToken).RunAsync();
    }

    private async Task<FuzzReport> RunAsync()
    {
        await using var collector = await Collector.StartAsync(_stage, _findings, [Stage.WorkerType, .. OnStage.MoreTypes.Keys], _stop);
        await using var publisher = new HostilePublisher(_stage, _findings);
        await SendAsync(publisher, Enumerable.Range(-WarmUp, WarmUp).Select(number => ((long)number, _messages.Next(number))));
        await WhenQuietAsync();

        await using var ordinary = await OrdinaryWork.StartAsync(_stage.Broker, _stop);
        await Task.Delay(_options.Undisturbed / 2, TimeProvider.System, _stop);
        var undisturbedRate = await MeasureAsync(ordinary, () => Task.Delay(_options.Undisturbed, TimeProvider.System, _stop));
        var roundsRate = await MeasureAsync(ordinary, () => SendRoundsAsync(publisher));
        List<Vitals> vitals = [.. _stage.Services.Select(service => new Vitals(service))];
        var hostile = Stopwatch.StartNew();
        var measure = ordinary.Measure();
        var usual = _options.Count - _options.Rare;
        await SendAsync(publisher, Enumerable.Range(0, usual).Select(number => ((long)number, _messages.Next(number))), vitals);
        await WhenQuietAsync(vitals);
        var (hostileRate, disturbedRate) = (usual / hostile.Elapsed.TotalSeconds, measure());
        _progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== Ordinary tasks a second: {undisturbedRate:0.0} alone, {roundsRate:0.0} among rounds of all known cases, {disturbedRate:0.0} among {hostileRate:0} hostile messages"));

        // These fill links and disks, and so hold up everybody by their mere size.
        measure = ordinary.Measure();
        await SendAsync(publisher, Enumerable.Range(usual, _options.Rare).Select(number => ((long)number, _messages.NextRare(number, number - usual, _options.LargestBody))), vitals);
        await WhenQuietAsync(vitals);
        var (rate, seconds) = (measure(), hostile.Elapsed.TotalSeconds);
        _progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== {rate:0.0} among those that cost seconds"));

        await CalmDownAsync(publisher, vitals);
        await ordinary.FinishAsync(ToCalmDown, _stop);
        await WhenQuietAsync(vitals);
        List<ServiceVitals> sums = [.. vitals.Select(each => each.Sum(seconds))];
        List<string> problems = [.. _stage.Services.SelectMany(service => service.Failures), .. vitals.Zip(sums).SelectMany(pair => pair.First.Problems(pair.Second))];
        problems.AddRange(await StopAsync());
        problems.AddRange(await collector.DrainAsync(_stop));
        await ReadRunsAsync();
        problems.AddRange(_findings.Strangers.CountBy(queue => queue).Select(queue => $"{queue.Value} messages without a number in {queue.Key}"));
        return new FuzzReport
        {
            Seed = _options.Seed,
            Sent = _findings.Sent,
            RefusedByBroker = publisher.Refused,
            Confirmed = _findings.Confirmed,
            Places = _findings.Ends,
            Wrong = _findings.Wrong,
            TooOften = _findings.TooOften,
            Changed = [.. _findings.Changed],
            OrdinarySent = ordinary.Sent,
            OrdinaryLost = ordinary.Sent - ordinary.Refused - ordinary.Done,
            OrdinaryTwice = ordinary.Doubled + Journal.Read(_stage.JournalFolder).Where(run => run.Id.StartsWith(OrdinaryWork.IdPrefix, StringComparison.Ordinal)).CountBy(run => run.Id).Count(runs => runs.Value > 1),
            UndisturbedRate = undisturbedRate,
            RoundsRate = roundsRate,
            DisturbedRate = disturbedRate,
            HostileRate = hostileRate,
            Services = sums,
            Seconds = _clock.Elapsed.TotalSeconds,
            Problems = problems,
        };
    }

    /// <summary>How many ordinary tasks are done in a second while something happens.</summary>
    private static async Task<double> MeasureAsync(OrdinaryWork ordinary, Func<Task> happens)
    {
        var measure = ordinary.Measure();
        await happens();
        return measure();
    }

    /// <summary>Sends one of each case that has once done harm, all at once, again and again.</summary>
    private async Task SendRoundsAsync(HostilePublisher publisher)
    {
        var clock = Stopwatch.StartNew();
        for (var first = FirstOfRounds; clock.Elapsed < _options.Undisturbed; first += BetweenRounds)
        {
            await SendAsync(publisher, _messages.NextRound(first));
            await Task.Delay(Interval, TimeProvider.System, _stop);
        }
    }

    private async Task SendAsync(HostilePublisher publisher, IEnumerable<(long Number, HostileMessage Message)> messages, IReadOnlyList<Vitals>? vitals = null)
    {
        foreach (var (number, message) in messages)
        {
            await publisher.SendAsync(number, message, _stop);
            if (number % LookEvery == 0)
            {
                await WhenThereIsRoomAsync(vitals ?? []);
            }

            if (number is > 0 and < FirstOfRounds && number % TellEvery == 0)
            {
                _progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number,8} sent in {_clock.Elapsed.TotalSeconds:0} s, {_findings.Open} under way, {publisher.Refused.Count} refused by the broker"));
            }
        }

        await publisher.WhenConfirmedAsync(_stop);
    }

    private async Task WhenThereIsRoomAsync(IReadOnlyList<Vitals> vitals)
    {
        while (true)
        {
            foreach (var each in vitals)
            {
                each.Look();
            }

            if (await WaitingAsync(Stage.Queues.TaskQueue) + await WaitingAsync(Stage.Queues.Worker(Draw.KnownType)) <= MostWaiting)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _stop);
        }
    }

    /// <summary>Waits until all that was confirmed has come to light, or nothing moves any more.</summary>
    private async Task WhenQuietAsync(IReadOnlyList<Vitals>? vitals = null)
    {
        await WhenThereIsRoomAsync(vitals ?? []);
        var (open, since) = (_findings.Open, Stopwatch.StartNew());
        while (since.Elapsed < Patience && (_findings.Open > 0 || await WaitingAsync(Stage.Queues.TaskQueue) > 0))
        {
            if (_findings.Open is var now && now != open)
            {
                (open, since) = (now, Stopwatch.StartNew());
            }

            await Task.Delay(Interval, TimeProvider.System, _stop);
            await WhenThereIsRoomAsync(vitals ?? []);
        }
    }

    /// <summary>Sends ordinary messages until memory is back to normal; a process that does nothing collects no garbage.</summary>
    private async Task CalmDownAsync(HostilePublisher publisher, IReadOnlyList<Vitals> vitals)
    {
        var clock = Stopwatch.StartNew();
        for (long first = _options.Count; !vitals.All(each => each.IsCalm) && clock.Elapsed < ToCalmDown; first += FriendlyAtOnce)
        {
            for (var number = first; number < first + FriendlyAtOnce; number++)
            {
                await publisher.SendAsync(number, _messages.NextFriendly(number), _stop);
            }

            await Task.Delay(Interval, TimeProvider.System, _stop);
        }

        await publisher.WhenConfirmedAsync(_stop);
        _progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== Memory was back to normal after {clock.Elapsed.TotalSeconds:0} s"));
    }

    private async Task<IReadOnlyList<string>> StopAsync()
    {
        List<string> problems = [];
        foreach (var service in _stage.Services)
        {
            if (await service.StopAsync() is var exitCode and not 0)
            {
                problems.Add($"{service.Name} exited with {exitCode}:\n{Vitals.End(service.Log)}");
            }
        }

        return problems;
    }

    private async Task ReadRunsAsync()
    {
        foreach (var file in Directory.EnumerateFiles(_stage.RunsFolder))
        {
            await foreach (var line in File.ReadLinesAsync(file, _stop))
            {
                _findings.Ran(long.Parse(line, CultureInfo.InvariantCulture));
            }
        }
    }

    private async Task<long> WaitingAsync(string queue) => (await _stage.Broker.InspectQueueAsync(queue, _stop))?.Ready ?? 0;
}
