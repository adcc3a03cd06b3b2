using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>TLS and certificates of clients, with the real executable.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly int _port = FreePorts.Take(1)[0];
    private readonly DirectoryInfo _others = Directory.CreateTempSubdirectory("taskqueue-tls-");
    private readonly BrokerFolder _folder;
    private TestCertificates _certificates = null!;
    private ServiceProcess _broker = null!;

    public TlsTests() => _folder = new BrokerFolder(folder =>
    {
        _certificates = new TestCertificates(folder);
        return $"listen_tls = 127.0.0.1:{_port}\ncert_file = {_certificates.ServerCertFile}\nkey_file = {_certificates.ServerKeyFile}\nca_file = {_certificates.CaFile}\n";
    });

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await _folder.StartAsync();
        await _broker.LoggedAsync("Listening on", times: 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
        _others.Delete(recursive: true);
    }

    [Fact]
    public async Task A_password_is_enough_and_the_certificate_is_the_server_s()
    {
        await using var connection = await ConnectAsync(client: null, external: false);

        await WorksAsync(connection);
    }

    [Fact]
    public async Task A_certificate_logs_in_as_the_user_of_its_common_name()
    {
        await using var connection = await ConnectAsync(_certificates, external: true);

        await WorksAsync(connection);

        // What the user may do is what the broker looks at: a message in the name of this user is taken.
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { UserId = FirstUser.Name }, new byte[1], TestEnds);
    }

    [Fact]
    public async Task A_certificate_of_a_user_who_is_not_there_is_refused()
    {
        Assert.Equal(0, (await _folder.CommandAsync("broker", "user", "add", "somebody")).ExitCode);
        Assert.Equal(0, (await _folder.CommandAsync("broker", "user", "remove", FirstUser.Name)).ExitCode);

        var error = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(_certificates, external: true));

        Assert.IsType<AuthenticationFailureException>(error.InnerException);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_does_not_even_get_through_TLS()
    {
        var error = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(new TestCertificates(_others.FullName), external: true));

        Assert.IsNotType<AuthenticationFailureException>(error.InnerException);
        await using var another = await ConnectAsync(client: null, external: false);
        await WorksAsync(another);
    }

    [Fact]
    public async Task Without_a_certificate_nobody_logs_in_by_one()
    {
        var error = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(client: null, external: true));

        Assert.NotNull(error.InnerException);
        await using var another = await ConnectAsync(client: null, external: false);
        await WorksAsync(another);
    }

    private static async Task WorksAsync(IConnection connection)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        await channel.QueuePurgeAsync("q", TestEnds);
        await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { Persistent = true }, new byte[300_000], TestEnds);
        Assert.Equal(300_000, (await channel.BasicGetAsync("q", autoAck: true, TestEnds))?.Body.Length);
    }

    private Task<IConnection> ConnectAsync(TestCertificates? client, bool external)
    {
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = _port,
            UserName = FirstUser.Name,
            Password = external ? "" : FirstUser.ReadPassword(Path.Combine(_folder.DataFolder, "password")),
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(30),
            Ssl = new SslOption("localhost") { Enabled = true, CertificateValidationCallback = IsServers },
        };
        if (external)
        {
            factory.AuthMechanisms = [new ExternalMechanismFactory()];
        }

        if (client is not null)
        {
            factory.Ssl.Certs = [X509Certificate2.CreateFromPemFile(client.ClientCertFile, client.ClientKeyFile)];
        }

        return factory.CreateConnectionAsync(TestEnds);
    }

    private bool IsServers(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.CustomTrustStore.ImportFromPemFile(_certificates.CaFile);
        return certificate is not null && own.Build(new X509Certificate2(certificate)) && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
    }
}
