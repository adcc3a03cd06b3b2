using MassTransit;

namespace TaskQueue.Peers;

internal sealed class JobConsumer(Uri results) : IConsumer<Job>
{
    public async Task Consume(ConsumeContext<Job> context)
    {
        var endpoint = await context.GetSendEndpoint(results);
        await endpoint.Send(new JobDone(context.Message.Text), context.CancellationToken);
    }
}
