using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class ClientFaultsTests
{
    private static readonly OperationInterruptedException ConnectionEnded =
        new(new ShutdownEventArgs(ShutdownInitiator.Application, Constants.ReplySuccess, "Connection close forced"));

    [Fact]
    public void A_connection_that_ends_is_an_interruption_also_for_who_gives_up_at_that_moment()
    {
        var givenUp = new CancellationToken(canceled: true);

        Assert.True(ClientFaults.IsInterruptionNotBy(ConnectionEnded, givenUp));
        Assert.True(ClientFaults.IsInterruptionNotBy(ConnectionEnded, CancellationToken.None));
    }

    [Fact]
    public void A_cancelled_operation_is_one_only_for_who_did_not_give_up()
    {
        Assert.True(ClientFaults.IsInterruptionNotBy(new TaskCanceledException(), CancellationToken.None));
        Assert.False(ClientFaults.IsInterruptionNotBy(new TaskCanceledException(), new CancellationToken(canceled: true)));
    }
}
