using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Makes connections: the first of the hosts that answers.</summary>
internal sealed class SessionConnector(BrokerOptions options, TimeProvider time, ILogger logger)
{
    // The hard limit of RabbitMQ. With the client's lower default, one large message would end every connection that meets it.
    private const uint MaxBodyBytes = 512 * 1024 * 1024;

    /// <summary>Tries each host once.</summary>
    /// <param name="onEnd">Hears of the session's end before anyone else.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerRefusedException">A host answered and will not have us.</exception>
    public async Task<Session> ConnectAsync(Action<Session> onEnd, CancellationToken cancellationToken)
    {
        List<string> reasons = [];
        Exception? last = null;
        foreach (var host in options.Hosts)
        {
            var port = host.Port ?? options.Port ?? (options.Tls ? BrokerOptions.TlsPort : BrokerOptions.PlainPort);
            try
            {
                return await ConnectAsync(host.Name, port, onEnd, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception e) when (ClientFaults.IsConnectionRefusal(e))
            {
                throw new BrokerRefusedException(
                    $"{host.Name}:{port} refuses user \"{options.User}\" on vhost \"{options.VirtualHost}\": {ClientFaults.Explain(e)}. "
                    + "Check user, passwd (or passwd_file) and vhost in [amqp], and the user's permissions on the broker.",
                    e);
            }
            catch (Exception e)
            {
                // Whatever it is, from DNS to a certificate or an unreadable file, another host or a later try may do better.
                reasons.Add($"{host.Name}:{port}: {ClientFaults.Explain(e)}");
                last = e;
            }
        }

        throw new IOException(string.Join("; ", reasons), last);
    }

    private async Task<Session> ConnectAsync(string host, int port, Action<Session> onEnd, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var tls = BrokerTls.Create(options, host);

        // Without TLS for the client: the socket speaks it.
        var endpoint = new AmqpTcpEndpoint(host, port, new SslOption { Enabled = false }, MaxBodyBytes);
        List<WatchedSocket> sockets = [];
        Session? session = null;
        try
        {
            var factory = new ConnectionFactory
            {
                UserName = options.User,
                Password = await ReadPasswordAsync(giveUp.Token),
                VirtualHost = options.VirtualHost,
                AutomaticRecoveryEnabled = false,
                TopologyRecoveryEnabled = false,
                // The endpoint's limit is for frames, this one for bodies.
                MaxInboundMessageBodySize = MaxBodyBytes,
                RequestedHeartbeat = options.Heartbeat,
                RequestedConnectionTimeout = options.ConnectTimeout,
                HandshakeContinuationTimeout = options.ConnectTimeout,
                SocketFactory = family =>
                {
                    sockets.Add(WatchedSocket.Create(family, tls));
                    return sockets[^1];
                },
            };
            var consuming = await LinkAsync(options.ConnectionName, giveUp.Token);
            var publishing = await LinkAsync($"{options.ConnectionName} publishing", giveUp.Token);
            session = new Session(
                consuming, publishing, (addition, cancel) => LinkAsync($"{options.ConnectionName} {addition}", cancel), $"{host}:{port}", onEnd, time, logger);

            // The client does not wait for the broker's word on the vhost; the first channel brings it.
            await session.Admin.RunAsync((_, _) => Task.FromResult(true), giveUp.Token);

            // A limit of connections may let the first one in, and not this one.
            await ChannelClosing.CloseQuietlyAsync(await publishing.Connection.CreateChannelAsync(cancellationToken: giveUp.Token).WaitAsync(giveUp.Token));
            return session;

            async Task<Link> LinkAsync(string name, CancellationToken cancel)
            {
                var connection = await factory.CreateConnectionAsync([endpoint], name, cancel).WaitAsync(cancel);
                return new Link(connection, sockets[^1]);
            }
        }
        catch
        {
            foreach (var socket in sockets)
            {
                socket.Close();
            }

            if (session is not null)
            {
                await session.DisposeAsync();
            }

            throw;
        }
    }

    private async Task<string> ReadPasswordAsync(CancellationToken cancellationToken)
    {
        if (options.PasswordFile is not { } file)
        {
            // The broker's own account, and no other, has a password that everybody knows.
            return options.Password ?? (options.User == ConnectionFactory.DefaultUser ? ConnectionFactory.DefaultPass : "");
        }

        using var reader = new StreamReader(file);
        return await reader.ReadLineAsync(cancellationToken) ?? "";
    }
}
