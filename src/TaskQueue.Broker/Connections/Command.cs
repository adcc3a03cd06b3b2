using System.Runtime.InteropServices;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Messages;

namespace TaskQueue.Broker.Connections;

/// <summary>A method that came, or what is wrong with what came.</summary>
/// <param name="Publication">What is published.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Command(ushort Channel, Method? Method, Publication? Publication, AmqpException? Fault);

/// <summary>Commands that came together.</summary>
/// <param name="done">Called when all are done, so that more may come.</param>
internal sealed class CommandBatch(Session session, List<Command> commands, Action done) : IWork
{
    public void Run()
    {
        foreach (var command in commands)
        {
            session.Run(command);
            session.Engine.PublishDeadLetters();
        }

        done();
    }
}
