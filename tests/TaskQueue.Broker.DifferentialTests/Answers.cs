using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>Methods that may be sent without wanting an answer.</summary>
internal static class Answers
{
    /// <summary>Has a method be done without an answer.</summary>
    /// <returns>Whether that can be said of it.</returns>
    public static bool Waive(Method method)
    {
        switch (method)
        {
            case QueueDeclare declare:
                return declare.NoWait = true;
            case QueueBind bind:
                return bind.NoWait = true;
            case QueuePurge purge:
                return purge.NoWait = true;
            case QueueDelete delete:
                return delete.NoWait = true;
            case ExchangeDeclare declare:
                return declare.NoWait = true;
            case ExchangeDelete delete:
                return delete.NoWait = true;
            case BasicConsume consume:
                return consume.NoWait = true;
            case BasicCancel cancel:
                return cancel.NoWait = true;
            case ConfirmSelect select:
                return select.NoWait = true;
            default:
                return false;
        }
    }
}
