using System.Buffers;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Tests.Access;

/// <summary>A name and a password, in either of the ways in which clients send them.</summary>
public sealed class LoginTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("AMQPLAIN")]
    public async Task Who_knows_the_password_comes_in_and_nobody_else(string mechanism)
    {
        await using var broker = await TestBroker.StartAsync();

        await using (var connection = await ConnectAsync(broker, mechanism, TestBroker.User))
        {
            Assert.True(connection.IsOpen);
        }

        var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(broker, mechanism, "wrong"));
        Assert.IsType<AuthenticationFailureException>(refused.InnerException);
    }

    [Fact]
    public async Task A_table_without_a_password_is_no_login()
    {
        await using var broker = await TestBroker.StartAsync();

        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(broker, "AMQPLAIN", password: ""));
    }

    private static Task<IConnection> ConnectAsync(TestBroker broker, string mechanism, string password) => new ConnectionFactory
    {
        HostName = "127.0.0.1",
        Port = broker.Port,
        UserName = TestBroker.User,
        Password = password,
        AutomaticRecoveryEnabled = false,
        AuthMechanisms = [mechanism == "PLAIN" ? new PlainMechanismFactory() : new TableMechanism()],
    }.CreateConnectionAsync(TestEnds);

    // RabbitMQ.Client has none of this kind.
    private sealed class TableMechanism : IAuthMechanismFactory, IAuthMechanism
    {
        public string Name => "AMQPLAIN";

        public IAuthMechanism GetInstance() => this;

        public Task<byte[]> HandleChallengeAsync(byte[]? challenge, ConnectionConfig config, CancellationToken cancellationToken = default)
        {
            var output = new ArrayBufferWriter<byte>();
            List<KeyValuePair<string, object?>> fields = [new("LOGIN", config.UserName)];
            if (config.Password.Length > 0)
            {
                fields.Add(new("PASSWORD", config.Password));
            }

            FieldWriter.Write(fields, output);
            return Task.FromResult(output.WrittenSpan[sizeof(uint)..].ToArray());
        }
    }
}
