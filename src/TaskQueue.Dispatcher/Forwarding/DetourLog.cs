using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>Logs the messages that did not go where they should, as many lines as a reader can bear.</summary>
internal sealed class DetourLog(ILogger logger, TimeProvider time)
{
    private const int LinesPerSecond = 20;

    private readonly LineAllowance _allowance = new(LinesPerSecond, time);

    public void Rejected(string? messageId, string reason)
    {
        if (MayWrite())
        {
            logger.Rejected(messageId, reason);
        }
    }

    public void NotAnswered(string? messageId, string queue)
    {
        if (MayWrite())
        {
            logger.NotAnswered(messageId, queue);
        }
    }

    public void Unroutable(string? messageId, string queue)
    {
        if (MayWrite())
        {
            logger.Unroutable(messageId, queue);
        }
    }

    public void Refused(string? messageId, string queue, string reason)
    {
        if (MayWrite())
        {
            logger.Refused(messageId, queue, reason);
        }
    }

    public void NotSent(Exception exception, string? messageId, string queue)
    {
        if (MayWrite())
        {
            logger.NotSent(exception, messageId, queue);
        }
    }

    public void DetourFailed(Exception exception, string? messageId, string queue)
    {
        if (MayWrite())
        {
            logger.DetourFailed(exception, messageId, queue);
        }
    }

    public void DelayedRefused(string? messageId, string queue, TimeSpan delay)
    {
        if (MayWrite())
        {
            logger.DelayedRefused(queue, messageId, delay.TotalSeconds);
        }
    }

    public void AnswerGivenUp(string? messageId, string queue)
    {
        if (MayWrite())
        {
            logger.AnswerGivenUp(messageId, queue);
        }
    }

    public void DelayedFailed(Exception exception, string? messageId)
    {
        if (MayWrite())
        {
            logger.DelayedFailed(exception, messageId);
        }
    }

    private bool MayWrite()
    {
        var allowed = _allowance.TryTake(out var dropped);
        if (dropped > 0)
        {
            logger.DetoursNotLogged(dropped, LinesPerSecond);
        }

        return allowed;
    }
}
