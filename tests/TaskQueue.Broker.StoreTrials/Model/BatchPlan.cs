using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.StoreTrials.Model;

/// <summary>Makes batches as the broker makes them out of steps: only of what is there, and within the rules of <see cref="StoreBatch"/>.</summary>
internal static class BatchPlan
{
    private const int MaxQueues = 6, MaxMessages = 400;

    // From nothing over what fits a page to a chain of pages.
    private static readonly int[] BodySizes = [0, 1, 30, 300, 300, 300, 3000, 4096, 9000, 70_000];

    /// <summary>Steps that a seed stands for: mostly messages that come and go.</summary>
    public static IReadOnlyList<Step> Random(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => new Step(RandomKind(random), random.Next(int.MaxValue)))];

    /// <summary>Makes a batch for what a model has, and applies it there.</summary>
    public static StoreBatch Make(StoreModel model, IEnumerable<Step> steps)
    {
        var batch = new StoreBatch();
        var (topology, messages) = (steps.Where(step => step.Kind <= StepKind.Unbind), steps.Where(step => step.Kind > StepKind.Unbind));
        foreach (var change in topology.Select(step => TopologyOf(model, step)).OfType<TopologyChange>())
        {
            batch.Topology.Add(change);
            var one = new StoreBatch();
            one.Topology.Add(change);
            model.Apply(one);
        }

        var present = model.Messages;
        var removed = new HashSet<long>();
        foreach (var step in messages)
        {
            AddMessageStep(batch, model, present, removed, step);
        }

        batch.Changed.RemoveAll(change => removed.Contains(change.Id));
        batch.Removed.AddRange(removed);
        var rest = new StoreBatch();
        rest.Added.AddRange(batch.Added);
        rest.Changed.AddRange(batch.Changed);
        rest.Removed.AddRange(batch.Removed);
        model.Apply(rest);
        return batch;
    }

    private static StepKind RandomKind(Random random) => random.Next(100) switch
    {
        < 3 => StepKind.DeclareExchange,
        < 4 => StepKind.DeleteExchange,
        < 10 => StepKind.DeclareQueue,
        < 12 => StepKind.DeleteQueue,
        < 16 => StepKind.Bind,
        < 18 => StepKind.Unbind,
        < 65 => StepKind.Add,
        < 75 => StepKind.Change,
        < 99 => StepKind.Remove,
        _ => StepKind.Purge,
    };

    private static TopologyChange? TopologyOf(StoreModel model, Step step)
    {
        var choice = step.Choice;
        switch (step.Kind)
        {
            case StepKind.DeclareExchange:
                return new TopologyChange.ExchangeDeclared($"exchange {choice % 4}", choice % 2 == 0 ? "topic" : "direct", choice % 3 == 0, choice % 5 == 0, Bytes(choice, choice % 3));
            case StepKind.DeleteExchange:
                return Pick(model.Exchanges, choice) is { } exchange ? new TopologyChange.ExchangeDeleted(exchange) : null;
            case StepKind.DeclareQueue:
                return model.Queues.Count < MaxQueues ? new TopologyChange.QueueDeclared(model.Next.Queue, $"Schlange {choice % 10} äß", choice % 2 == 0, Bytes(choice, choice % 40)) : null;
            case StepKind.DeleteQueue:
                return Pick(model.Queues, choice) is var queue and not 0 ? new TopologyChange.QueueDeleted(queue) : null;
            case StepKind.Bind:
                return Pick(model.Exchanges, choice) is { } bound && Pick(model.Queues, choice / 7) is var target and not 0
                    ? new TopologyChange.Bound(bound, target, $"key.{choice % 3}\0", Bytes(choice, choice % 2))
                    : null;
            case StepKind.Unbind:
                return Pick(model.Bindings, choice) is { } binding ? new TopologyChange.Unbound(binding.Exchange, binding.Queue, binding.RoutingKey, binding.Arguments) : null;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step, message: null);
        }
    }

    private static void AddMessageStep(StoreBatch batch, StoreModel model, IReadOnlyList<StoredEntry> present, HashSet<long> removed, Step step)
    {
        var choice = step.Choice;
        switch (step.Kind)
        {
            case StepKind.Add when Pick(model.Queues, choice) is var queue and not 0 && present.Count + batch.Added.Count < MaxMessages:
                batch.Added.Add(Message(model.Next.Id + batch.Added.Count, queue, choice));
                break;
            case StepKind.Change when present.Count > 0 && Pick(present, choice).Id is var id && !batch.Changed.Exists(change => change.Id == id):
                batch.Changed.Add(new MessageChange(id, choice % 1000, choice % 2 == 0));
                break;
            case StepKind.Remove when present.Count > 0:
                removed.Add(Pick(present, choice).Id);
                break;
            case StepKind.Purge:
                removed.UnionWith(present.Where(message => message.Queue == Pick(model.Queues, choice)).Select(message => message.Id));
                break;
        }
    }

    private static StoredMessage Message(long id, int queue, int choice)
    {
        var content = new StoredContent($"exchange {choice % 4}", $"key {choice % 9}", Bytes(choice, choice % 60), Bytes(choice, BodySizes[choice % BodySizes.Length]));
        long? expiresAt = choice % 3 == 0 ? 1_700_000_000_000L + choice : null;
        return new StoredMessage(new StoredEntry(id, queue, content.Properties.Length + content.Body.Length, (byte)(choice % 256), expiresAt, choice % 4, choice % 5 == 0), content);
    }

    private static T? Pick<T>(IReadOnlyList<T> from, int choice) => from.Count == 0 ? default : from[choice % from.Count];

    private static byte[] Bytes(int seed, int size)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
