using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Messages;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Channels;

/// <content>Publishing, confirms and returns.</content>
internal sealed partial class Channel
{
    private const string NoRoute = "NO_ROUTE";

    private readonly List<string> _oneKey = [""];
    private ConfirmList? _confirms;
    private ulong _published;

    /// <summary>A publication is in all its queues, and in the store where it has to be.</summary>
    public void Accept(ulong sequence)
    {
        _confirms!.Accept(sequence);
        Engine.Touch(this);
    }

    /// <summary>A publication has found no room.</summary>
    public void Reject(ulong sequence)
    {
        _confirms!.Reject(sequence);
        Engine.Touch(this);
    }

    /// <summary>Says what is decided.</summary>
    public void SendConfirms()
    {
        if (_state == State.Open)
        {
            _confirms?.Take((tag, multiple, accepted) =>
                Send(accepted ? new BasicAck { DeliveryTag = tag, Multiple = multiple } : new BasicNack { DeliveryTag = tag, Multiple = multiple }));
        }
    }

    private void Publish(BasicPublish method, Publication publication)
    {
        if (method.Immediate)
        {
            throw new AmqpException(ReplyCode.NotImplemented, "immediate=true");
        }

        if (publication.IsTooLarge)
        {
            throw publication.Fault!;
        }

        CheckExchange(Permission.Write, method.Exchange);
        var exchange = Topology.Exchange(method.Exchange);
        if (exchange.IsInternal)
        {
            throw new AmqpException(ReplyCode.AccessRefused, $"cannot publish to internal {exchange.Resource}");
        }

        if (publication.Fault is { Code: ReplyCode.InternalError } unreadable)
        {
            throw unreadable;
        }

        if (publication.UserId is { } user && user != Session.Options.User)
        {
            throw new AmqpException(
                ReplyCode.PreconditionFailed, $"user_id property set to '{user}' but authenticated user was '{Session.Options.User}'");
        }

        if (publication.Fault is { } fault)
        {
            throw fault;
        }

        var content = publication.WantsReplies ? WithReplyAddress(publication.Content) : publication.Content;
        var sequence = _confirms is null ? 0 : ++_published;
        Route(exchange, method.Mandatory, publication, content, sequence);
    }

    private void Route(Exchange exchange, bool mandatory, Publication publication, StoredContent content, ulong sequence)
    {
        if (exchange.Name.Length == 0 && content.RoutingKey.StartsWith(ReplyPrefix, StringComparison.Ordinal))
        {
            SendReply(content);
        }

        _oneKey[0] = content.RoutingKey;
        var queues = Topology.Route(exchange, publication.FurtherKeys.Count == 0 ? _oneKey : [content.RoutingKey, .. publication.FurtherKeys]);
        if (queues.Count == 0 && mandatory)
        {
            Session.Outgoing.Append(
                Number,
                new BasicReturn { Code = (ushort)ReplyCode.NoRoute, Text = NoRoute, Exchange = content.Exchange, RoutingKey = content.RoutingKey },
                content.Properties.Span,
                content.Body.Span);
            Engine.Touch(Session.Outgoing);
        }

        var acceptance = Acceptance.Now;
        for (var i = 0; i < queues.Count; i++)
        {
            var one = queues[i].Publish(content, publication.IsPersistent, publication.Priority, publication.Ttl);
            acceptance = (Acceptance)Math.Max((int)acceptance, (int)one);
        }

        if (_confirms is null)
        {
            return;
        }

        switch (acceptance)
        {
            case Acceptance.Now:
                Accept(sequence);
                break;
            case Acceptance.WhenStored:
                _confirms.Wait(sequence);
                Engine.Persistence.ConfirmLater(this, sequence);
                break;
            default:
                Reject(sequence);
                break;
        }
    }
}
