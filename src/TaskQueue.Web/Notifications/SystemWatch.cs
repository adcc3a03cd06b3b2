using System.Globalization;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Notifications;

/// <summary>Decides what is new between two looks at the system. What it finds at its very first look was there before anybody asked to be told, and is not.</summary>
/// <param name="state">What it remembers; it changes with each look.</param>
internal sealed class SystemWatch(WatchState state)
{
    /// <summary>For how long a service may not answer, and how long a problem has to be away: a restart is no news.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    // A host that does not come back is forgotten: there may be new names every day.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    private const int MostKnown = 10_000;

    /// <summary>Looks.</summary>
    /// <param name="now">How the system is.</param>
    /// <param name="at">When that was.</param>
    /// <returns>What a person should know of it.</returns>
    public IReadOnlyList<Occurrence> Look(SystemSnapshot now, DateTimeOffset at) => [.. Arrived(now.Queues, now.Services), .. Gone(now.Services, at), .. Wrong(now.Services, at)];

    private List<Occurrence> Arrived(IReadOnlyList<AsideCount> queues, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        var occurrences = new List<Occurrence>();
        foreach (var queue in queues)
        {
            // The first message makes its queue.
            var before = state.HasLooked ? state.Queues.GetValueOrDefault(queue.Queue) : queue.Ready;
            if (queue.Ready > before)
            {
                occurrences.Add(Arrived(queue, queue.Ready - before, services));
            }

            state.Queues[queue.Queue] = queue.Ready;
        }

        state.HasLooked = true;
        return occurrences;
    }

    private static Occurrence Arrived(AsideCount queue, long more, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        var (one, many, what) = queue.Kind switch
        {
            NotificationKind.Buried => ("task", "tasks", $"of {queue.WorkerType} failed for good"),
            NotificationKind.Rejected => ("message", "messages", "could not be dispatched"),
            _ => ("task", "tasks", "of a worker type that no pool has ever served"),
        };
        var latest = queue.Kind == NotificationKind.Buried
            ? services.SelectMany(service => service.Report.Failures).Where(failure => failure.WorkerType == queue.WorkerType).MaxBy(failure => failure.Time)
            : null;
        var text = string.Create(CultureInfo.InvariantCulture, $"{more:N0} more {(more == 1 ? one : many)} {what}; {queue.Ready:N0} in {queue.Queue}{(latest is null ? "" : $". The latest failure: {latest.Error}")}");
        return new Occurrence(queue.Kind, queue.Queue, text) { WorkerType = queue.WorkerType, Count = more };
    }

    private List<Occurrence> Gone(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services, DateTimeOffset at)
    {
        var occurrences = new List<Occurrence>();
        var here = services.Select(service => NameOf(service.Service)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in here)
        {
            if (!state.Services.TryGetValue(name, out var known))
            {
                if (state.Services.Count < MostKnown)
                {
                    state.Services[name] = new KnownService();
                }

                continue;
            }

            if (known.IsTold)
            {
                occurrences.Add(new Occurrence(NotificationKind.Gone, name, $"The {name} answers again") { IsOver = true });
            }

            (known.MissingSince, known.IsTold) = (null, false);
        }

        foreach (var (name, known) in state.Services.Where(service => !here.Contains(service.Key)).ToList())
        {
            known.MissingSince ??= at;
            if (at - known.MissingSince >= Forgotten)
            {
                state.Services.Remove(name);
            }
            else if (!known.IsTold && at - known.MissingSince >= Settling)
            {
                known.IsTold = true;
                occurrences.Add(new Occurrence(NotificationKind.Gone, name, $"The {name} has not answered since {Instants.Second(known.MissingSince.Value)}"));
            }
        }

        return occurrences;
    }

    private List<Occurrence> Wrong(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services, DateTimeOffset at)
    {
        var occurrences = new List<Occurrence>();
        var here = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (service, problem) in services.SelectMany(service => service.Report.AllProblems().Select(problem => (service.Service, problem))))
        {
            var key = $"{NameOf(service)}: {problem.Section ?? problem.WorkerType} {problem.Effect}";
            here.Add(key);
            if (state.Problems.TryGetValue(key, out var known))
            {
                known.AwaySince = null;
            }
            else if (state.Problems.Count < MostKnown)
            {
                state.Problems[key] = new KnownProblem { Text = $"The {NameOf(service)}: {problem}", WorkerType = problem.WorkerType };
                occurrences.Add(new Occurrence(NotificationKind.Problem, key, $"The {NameOf(service)}: {problem}") { WorkerType = problem.WorkerType });
            }
        }

        // Of a service that does not answer nobody knows how it is.
        var answering = services.Select(service => NameOf(service.Service) + ":").ToList();
        foreach (var (key, known) in state.Problems.Where(problem => !here.Contains(problem.Key) && answering.Exists(name => problem.Key.StartsWith(name, StringComparison.Ordinal))).ToList())
        {
            known.AwaySince ??= at;
            if (at - known.AwaySince >= Settling)
            {
                state.Problems.Remove(key);
                occurrences.Add(new Occurrence(NotificationKind.Problem, key, $"Over: {known.Text}") { WorkerType = known.WorkerType, IsOver = true });
            }
        }

        return occurrences;
    }

    private static string NameOf(ServiceIdentity service) => $"{service.Kind} on {service.Host}";
}
