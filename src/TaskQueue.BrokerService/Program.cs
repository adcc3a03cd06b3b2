using TaskQueue.BrokerService;
using TaskQueue.Hosting;

return await new ServiceCommand(
    "An AMQP 0-9-1 broker for one host: what [amqp] host = embedded connects to.",
    EmbeddedBroker.PrintPlan,
    EmbeddedBroker.RunAsync)
{
    Parts = () => [EmbeddedBroker.Store],
}.InvokeAsync(args);
