using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Learns what a queue was declared as from what the broker says when it is declared as something else.</summary>
/// <remarks>The broker names the first argument that differs, with its value; declared with that one, it names the next.</remarks>
internal static partial class QueueProbe
{
    private const string DeliveryLimit = "x-delivery-limit";

    // A refusal is 255 bytes long at most.
    private const int MatchTimeoutMilliseconds = 1000;

    // More than a queue can have.
    private const int MostQuestions = 20;

    /// <summary>Examines a queue that exists.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="queue">Its name.</param>
    /// <param name="supposed">What it may have been declared with.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What it is, or <see langword="null"/> when the broker does not tell: without the right to declare it, or when its name is too long for the answer.</returns>
    public static async Task<QueueTraits?> ExamineAsync(
        Session session, string queue, IReadOnlyDictionary<string, object?> supposed, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, object?>(supposed, StringComparer.Ordinal);
        for (var questions = 0; questions < MostQuestions; questions++)
        {
            try
            {
                // Declaring one that does not exist would make it.
                await session.Admin.RunAsync((channel, cancel) => channel.QueueDeclarePassiveAsync(queue, cancel), cancellationToken);
                await session.Admin.RunAsync(
                    (channel, cancel) => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel),
                    cancellationToken);
                return TraitsOf(arguments, session.Features);
            }
            catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) == Constants.PreconditionFailed)
            {
                if (!Learn(arguments, ClientFaults.Explain(e)))
                {
                    return null;
                }
            }
            catch (OperationInterruptedException)
            {
                // Not to be seen, or gone.
                return null;
            }
        }

        return null;
    }

    /// <summary>Changes arguments as the broker's refusal says.</summary>
    /// <returns>Whether it says anything new.</returns>
    internal static bool Learn(Dictionary<string, object?> arguments, string refusal)
    {
        if (Unfit().Match(refusal) is { Success: true } unfit)
        {
            return arguments.Remove(unfit.Groups["name"].Value);
        }

        if (Different().Match(refusal) is not { Success: true } different)
        {
            return false;
        }

        var name = different.Groups["name"].Value;
        var value = different.Groups["value"];
        if (!value.Success)
        {
            return arguments.Remove(name);
        }

        // Where both have a value the broker does not say of which type its own is: of that of ours.
        var ours = arguments.GetValueOrDefault(name);
        object learnt = different.Groups["type"].Value switch
        {
            "bool" => value.Value == "true",
            "longstr" => value.Value,
            "" when ours is string => value.Value,
            _ when long.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ => value.Value,
        };
        arguments[name] = learnt;
        return !learnt.Equals(ours);
    }

    /// <summary>What a queue is that was declared with these arguments.</summary>
    internal static QueueTraits TraitsOf(IReadOnlyDictionary<string, object?> arguments, BrokerFeatures features)
    {
        // Without the argument it is classic, unless the vhost has another default, which the broker then names.
        QueueType? type = arguments.GetValueOrDefault(Headers.XQueueType) switch
        {
            "quorum" => QueueType.Quorum,
            null or "classic" => QueueType.Classic,
            _ => null,
        };
        long? limit = type != QueueType.Quorum ? null
            : arguments.GetValueOrDefault(DeliveryLimit) is long declared ? declared >= 0 ? declared : null
            : features.DefaultDeliveryLimit;
        return new QueueTraits(type, limit);
    }

    // PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received none but current is the value '3' of type 'signedint'
    // The same with "current is none", or where both have a value "received '-1' but current is '3'".
    [GeneratedRegex(
        "inequivalent arg '(?<name>x-[^']+)' for .*current is (none|the value '(?<value>.*)' of type '(?<type>[a-z]+)'|'(?<value>.*)')$",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        MatchTimeoutMilliseconds)]
    private static partial Regex Different();

    // PRECONDITION_FAILED - invalid arg 'x-delivery-limit' for queue 'q' in vhost '/' of queue type rabbit_classic_queue
    [GeneratedRegex("invalid arg '(?<name>x-[^']+)' for ", RegexOptions.ExplicitCapture, MatchTimeoutMilliseconds)]
    private static partial Regex Unfit();
}
