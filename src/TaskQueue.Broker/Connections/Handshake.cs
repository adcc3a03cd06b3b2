using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using System.Text;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Connections;

/// <summary>Opens a connection: greeting, login, limits.</summary>
/// <param name="certificateUser">Whom a verified certificate names, or <see langword="null"/>.</param>
internal sealed class Handshake(PipeReader input, Outgoing outgoing, IAccess access, string name, string? certificateUser)
{
    /// <summary>What is proposed, as RabbitMQ does.</summary>
    public const int ChannelMax = 2047, FrameMax = 131_072;

    private const int LeastFrameMax = 4096;
    private const ushort Heartbeat = 60;

    private static readonly byte[] Header = "AMQP\0\0\u0009\u0001"u8.ToArray();

    /// <summary>Seconds between signs of life; 0 for none.</summary>
    public int HeartbeatSeconds { get; private set; }

    /// <summary>Goes through it.</summary>
    /// <returns>What was agreed on, or <see langword="null"/> where the client speaks something else or left.</returns>
    /// <exception cref="AmqpException">The client is told, and has to go.</exception>
    /// <exception cref="UnauthorizedAccessException">Its login was refused, and it does not want to be told.</exception>
    public async Task<SessionOptions?> RunAsync(CancellationToken cancellationToken)
    {
        if (!await HeaderIsRightAsync(cancellationToken))
        {
            return null;
        }

        Send(new ConnectionStart
        {
            ServerProperties = ServerProperties(),
            Mechanisms = Encoding.ASCII.GetBytes(certificateUser is null ? "PLAIN AMQPLAIN" : "EXTERNAL PLAIN AMQPLAIN"),
            Locales = "en_US"u8.ToArray(),
        });
        if (await NextAsync<ConnectionStartOk>("starting", cancellationToken) is not { } startOk)
        {
            return null;
        }

        var capabilities = CapabilitiesOf(startOk.ClientProperties);
        var user = await LogInAsync(startOk, capabilities, cancellationToken);
        Send(new ConnectionTune { ChannelMax = ChannelMax, FrameMax = FrameMax, Heartbeat = Heartbeat });
        if (await NextAsync<ConnectionTuneOk>("tuning", cancellationToken) is not { } tuneOk)
        {
            return null;
        }

        CheckLimit("frame_max", (int)Math.Min(tuneOk.FrameMax, int.MaxValue), LeastFrameMax, FrameMax);
        CheckLimit("channel_max", tuneOk.ChannelMax, 1, ChannelMax);
        HeartbeatSeconds = tuneOk.Heartbeat;
        outgoing.FrameMax = (int)tuneOk.FrameMax;
        if (await NextAsync<ConnectionOpen>("opening", cancellationToken) is not { } open)
        {
            return null;
        }

        return open.VirtualHost == "/"
            ? new SessionOptions(
                name, user, (int)tuneOk.FrameMax, tuneOk.ChannelMax, Wants(capabilities, "connection.blocked"), Wants(capabilities, "consumer_cancel_notify"))
            : throw new AmqpException(ReplyCode.NotAllowed, $"vhost {open.VirtualHost} not found");
    }

    private static byte[] ServerProperties()
    {
        var version = typeof(Handshake).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
        var output = new ArrayBufferWriter<byte>();
        FieldWriter.Write(
            [
                new("capabilities", new Dictionary<string, object?>
                {
                    ["publisher_confirms"] = true,
                    ["exchange_exchange_bindings"] = false,
                    ["basic.nack"] = true,
                    ["consumer_cancel_notify"] = true,
                    ["connection.blocked"] = true,
                    ["consumer_priorities"] = true,
                    ["authentication_failure_close"] = true,
                    ["per_consumer_qos"] = true,
                    ["direct_reply_to"] = true,
                }),
                new("cluster_name", Environment.MachineName),
                new("copyright", "The TaskQueue authors"),
                new("information", "An AMQP 0-9-1 server for one host"),
                new("platform", $".NET {Environment.Version}"),
                new("product", "TaskQueue"),
                new("version", version),
            ],
            output);
        return output.WrittenSpan[sizeof(uint)..].ToArray();
    }

    private static ArgumentTable CapabilitiesOf(ReadOnlyMemory<byte> properties) =>
        ArgumentTable.Read(properties)["capabilities"] is { Kind: FieldKind.Table } table ? ArgumentTable.Read(table.Bytes[sizeof(uint)..]) : ArgumentTable.Empty;

    private static bool Wants(ArgumentTable capabilities, string name) => capabilities[name]?.Flag == true;

    private static void CheckLimit(string name, int value, int least, int most)
    {
        if (value != 0 && value < least)
        {
            throw new AmqpException(ReplyCode.NotAllowed, $"negotiated {name} = {value} is lower than the minimum allowed value ({least})");
        }

        if (value == 0 || value > most)
        {
            throw new AmqpException(
                ReplyCode.NotAllowed, $"negotiated {name} = {value}{(value == 0 ? " (no limit)" : "")} is higher than the maximum allowed value ({most})");
        }
    }

    private async Task<string> LogInAsync(ConnectionStartOk startOk, ArgumentTable capabilities, CancellationToken cancellationToken)
    {
        var user = startOk.Mechanism switch
        {
            "PLAIN" => await PlainUserAsync(startOk.Response, cancellationToken),
            "AMQPLAIN" => await TableUserAsync(ArgumentTable.Read(startOk.Response), cancellationToken),
            "EXTERNAL" when certificateUser is not null => access.KnowsCertificate(certificateUser) ? certificateUser : null,
            _ => throw new AmqpException(ReplyCode.CommandInvalid, $"unknown authentication mechanism '{startOk.Mechanism}'"),
        };
        return user ?? throw (Wants(capabilities, "authentication_failure_close")
            ? new AmqpException(
                ReplyCode.AccessRefused,
                $"Login was refused using authentication mechanism {startOk.Mechanism}. For details see the broker logfile.")
            : new UnauthorizedAccessException());
    }

    private async Task<string?> PlainUserAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(response.Span).Split('\0') is [_, var user, var password]
            ? await access.AuthenticateAsync(user, password, cancellationToken) ? user : null
            : throw new AmqpException(ReplyCode.SyntaxError, "response '' invalid");

    // What php-amqplib and others of the early days use unless told otherwise: https://www.rabbitmq.com/docs/access-control#mechanisms
    private async Task<string?> TableUserAsync(ArgumentTable response, CancellationToken cancellationToken) =>
        (response["LOGIN"]?.Text, response["PASSWORD"]?.Text) is ({ } user, { } password)
            ? await access.AuthenticateAsync(user, password, cancellationToken) ? user : null
            : throw new AmqpException(ReplyCode.SyntaxError, "AMQPLAIN auth info lacks LOGIN or PASSWORD");

    private async Task<bool> HeaderIsRightAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var received = result.Buffer;
            if (received.Length < Header.Length)
            {
                input.AdvanceTo(received.Start, received.End);
                if (result.IsCompleted)
                {
                    return false;
                }

                continue;
            }

            var isRight = received.Slice(0, Header.Length).ToArray().AsSpan().SequenceEqual(Header);
            input.AdvanceTo(received.GetPosition(Header.Length));
            return isRight;
        }
    }

    private async Task<T?> NextAsync<T>(string state, CancellationToken cancellationToken)
        where T : Method
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var received = result.Buffer;
            if (FrameParser.TryTake(ref received, FrameMax, out var header, out var payload))
            {
                if (header is { Type: FrameType.Heartbeat })
                {
                    input.AdvanceTo(received.Start);
                    continue;
                }

                if (header is not { Type: FrameType.Method, Channel: 0 })
                {
                    throw new AmqpException(ReplyCode.UnexpectedFrame, $"type {(byte)header.Type} on channel {header.Channel} in connection state {state}");
                }

                var method = Methods.Read(payload);
                input.AdvanceTo(received.Start);
                return method as T ?? throw new AmqpException(ReplyCode.ChannelError, $"unexpected method in connection state {state}");
            }

            input.AdvanceTo(received.Start, received.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    private void Send(Method method)
    {
        outgoing.Append(0, method);
        outgoing.Flush();
    }
}
