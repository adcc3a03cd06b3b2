using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What the client's exceptions mean to us.</summary>
internal static class ClientFaults
{
    /// <summary>Whether an operation failed because its channel or connection ended, so that another one may carry it out.</summary>
    public static bool IsInterruption(Exception exception) => exception
        is RabbitMQClientException
        or TimeoutException
        or OperationCanceledException
        or IOException
        or SocketException
        or ObjectDisposedException
        or System.Threading.Channels.ChannelClosedException;

    /// <summary>The same, and not because whoever waits for the operation gave up. A channel that ends meanwhile may well be told in its own words.</summary>
    public static bool IsInterruptionNotBy(Exception exception, CancellationToken cancellationToken) =>
        IsInterruption(exception) && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>The code with which the broker closed the channel or connection, if that is what happened.</summary>
    public static ushort? ReplyCode(Exception exception) =>
        (exception as OperationInterruptedException)?.ShutdownReason is { Initiator: ShutdownInitiator.Peer } reason ? reason.ReplyCode : null;

    /// <summary>Whether there is no such queue. The same code with other words means that it exists and its node is away.</summary>
    public static bool IsNoSuchQueue(Exception exception) =>
        ReplyCode(exception) == Constants.NotFound
        && ((OperationInterruptedException)exception).ShutdownReason!.ReplyText.Contains("no queue", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the broker refused an operation on a channel in a way that trying again cannot change.</summary>
    public static bool IsRefusal(Exception exception) =>
        ReplyCode(exception) is Constants.AccessRefused or Constants.ResourceLocked or Constants.PreconditionFailed;

    /// <summary>Whether a channel was closed because a delivery stayed unsettled for too long. The code alone (406) says many things.</summary>
    public static bool IsAckTimeout(string explanation) => explanation.Contains("delivery acknowledgement", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the broker refused the connection: bad credentials, no such vhost, no access to it.</summary>
    public static bool IsConnectionRefusal(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AuthenticationFailureException:
                    return true;
                case OperationInterruptedException { ShutdownReason: { Initiator: ShutdownInitiator.Peer } reason }:
                    return IsForGood(reason);
            }
        }

        return false;
    }

    /// <summary>Why, in a line that a person can use.</summary>
    public static string Explain(Exception exception)
    {
        var inner = exception;
        while (inner is BrokerUnreachableException or ConnectFailureException or AggregateException or AuthenticationException
            && inner.InnerException is { } next)
        {
            inner = next;
        }

        return inner switch
        {
            OperationInterruptedException { ShutdownReason: { } reason } => Explain(reason),
            OperationCanceledException => "no answer in time",
            _ => Sentence.Part(inner.Message),
        };
    }

    /// <summary>Why a channel or connection ended.</summary>
    public static string Explain(ShutdownEventArgs reason) =>
        Sentence.Part(reason.ReplyCode > 0 ? $"{reason.ReplyCode} {reason.ReplyText}" : reason.Exception?.Message ?? reason.ReplyText);

    // Also sent when a limit of connections is reached and while a vhost starts; those pass.
    private static bool IsForGood(ShutdownEventArgs reason) =>
        reason.ReplyCode is Constants.AccessRefused or Constants.NotAllowed
        && !reason.ReplyText.Contains("limit", StringComparison.OrdinalIgnoreCase)
        && !reason.ReplyText.Contains("is down", StringComparison.OrdinalIgnoreCase);
}
