using System.CommandLine;
using System.Net.Sockets;
using TaskQueue.Broker.Administration;
using TaskQueue.Broker.Storage;
using TaskQueue.Cli.Broker;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary>The embedded broker that runs on this host, asked as the owner of its data folder.</summary>
internal static class RunningBroker
{
    /// <summary>Asks it for something.</summary>
    /// <param name="parsed">The command line, which names the configuration.</param>
    /// <param name="connecting">Reads it.</param>
    /// <param name="surroundings">The environment.</param>
    /// <param name="failure">What there is not when it does not do it, for people.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="otherwise">What to do where none runs.</param>
    /// <exception cref="CommandFailedException">It did not do it, or none runs; the message says why.</exception>
    public static async Task AskAsync(ParseResult parsed, ConnectionFlags connecting, Surroundings surroundings, string failure, Func<BrokerAdministration, Task> ask, string otherwise = "start it")
    {
        var data = connecting.ReadSettings(parsed, surroundings).Configuration.EmbeddedBroker.DataDir;
        try
        {
            await ask(new BrokerAdministration(data));
        }
        catch (StoreException e) when (e.InnerException is SocketException { SocketErrorCode: not SocketError.AccessDenied })
        {
            throw new CommandFailedException(ExitCodes.Failed, $"{failure}: {e.Message}; {otherwise}.", e);
        }
        catch (StoreException e)
        {
            throw new CommandFailedException(ExitCodes.Failed, $"{failure}: {Sentence.Whole(e.Message)}", e);
        }
    }
}
