using System.Net;
using TaskQueue.Configuration.Keys;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between the keys of <c>[broker]</c>, and what <c>[amqp] host = embedded</c> means.</summary>
internal sealed class EmbeddedBrokerRules(Section section, Problems problems)
{
    /// <summary>The name that stands for the embedded broker of this host.</summary>
    public const string Embedded = "embedded";

    /// <summary>The user that a first start makes.</summary>
    private const string FirstUser = "taskqueue";

    /// <summary>Whether somebody wants the embedded broker of this host.</summary>
    public static bool IsEmbedded(BrokerOptions broker) => broker.Hosts is [{ Name: Embedded, Port: null }];

    public void Check(EmbeddedBrokerOptions options)
    {
        if (options is { Listen: null, ListenTls: null })
        {
            Add(EmbeddedBrokerKeys.Listen, $"expected an address here or in {EmbeddedBrokerKeys.ListenTls}, found none.");
        }

        if (options is { ListenTls: not null, CertFile: null })
        {
            Add(EmbeddedBrokerKeys.ListenTls, $"expected {BrokerKeys.CertFile} and {BrokerKeys.KeyFile} as well, the certificate to show and its private key.");
        }

        CertificateRules.Check(section, options.CertFile, options.KeyFile, problems);
        if (options is { ListenTls: null })
        {
            foreach (var key in (string[])[BrokerKeys.CertFile, BrokerKeys.KeyFile, BrokerKeys.CaFile])
            {
                if (section.Find(key) is { Value.Length: > 0 })
                {
                    Add(key, $"it has no effect without {EmbeddedBrokerKeys.ListenTls}; set that, or remove it.");
                }
            }
        }
    }

    /// <summary>Puts the address and the first user of the embedded broker in the place of its name; a user that is named stays.</summary>
    public static BrokerOptions Resolve(BrokerOptions broker, EmbeddedBrokerOptions embedded)
    {
        if (!IsEmbedded(broker))
        {
            return broker;
        }

        var endpoint = (broker.Tls ? embedded.ListenTls : embedded.Listen) ?? new EmbeddedBrokerOptions().Listen!;
        var address = endpoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endpoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endpoint.Address;
        var resolved = broker with { Hosts = new ValueList<BrokerHost>([new BrokerHost(address.ToString(), endpoint.Port)]) };
        return broker is { Password: null, PasswordFile: null } && broker.User == new BrokerOptions().User
            ? resolved with { User = FirstUser, PasswordFile = embedded.PasswordFile }
            : resolved;
    }

    private void Add(string key, string message) => problems.Add(section, key, message);
}
