using TaskQueue.Broker.Access;
using TaskQueue.Cli.Broker;
using TaskQueue.Configuration;
using TaskQueue.Files;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Moving;

/// <summary>A broker that the command line names: a URL, or the embedded broker of a data folder.</summary>
/// <param name="Options">How to reach it; all but the address is as <c>[amqp]</c> has it.</param>
/// <param name="Embedded">The embedded broker that it is, or null.</param>
/// <param name="Shown">What people may see of it: never a password.</param>
internal sealed record BrokerAddress(BrokerOptions Options, EmbeddedBrokerOptions? Embedded, string Shown)
{
    public const string Rule = "amqp://[USER[:PASSWORD]@]HOST[:PORT][/VHOST], the same with amqps, embedded, or embedded:FOLDER";

    private const string EmbeddedName = "embedded";

    /// <summary>Reads one.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="text">What the option says.</param>
    /// <param name="passwordFile">A file whose first line is the password, or null.</param>
    /// <param name="configuration">What holds where the address says nothing: the user, certificates, <c>[broker]</c>.</param>
    /// <param name="surroundings">The environment, for the configuration in a data folder.</param>
    /// <exception cref="CommandFailedException">It is none.</exception>
    public static BrokerAddress Parse(string option, string text, string? passwordFile, TaskQueueConfiguration configuration, Surroundings surroundings)
    {
        if (text == EmbeddedName || text.StartsWith(EmbeddedName + ":", StringComparison.Ordinal))
        {
            return passwordFile is null
                ? OfEmbedded(text.Length > EmbeddedName.Length + 1 ? Path.GetFullPath(text[(EmbeddedName.Length + 1)..]) : null, configuration, surroundings)
                : throw Wrong(option, "the password of the embedded broker is in its data folder, so that no file with one is needed.");
        }

        // What is wrong is not quoted: it may hold a password.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url is not { Scheme: "amqp" or "amqps", Host.Length: > 0, Query: "", Fragment: "" })
        {
            throw Wrong(option, $"expected {Rule}. Characters such as @, /, : and % of a user or password are written as %40, %2F, %3A and %25.");
        }

        var named = url.UserInfo.Split(':', 2);
        var password = named.Length == 2 ? Uri.UnescapeDataString(named[1]) : null;
        if (password is not null && passwordFile is not null)
        {
            throw Wrong(option, "it has a password, and there is a file with one; expected one of them.");
        }

        var options = configuration.Broker with
        {
            Hosts = [new BrokerHost(url.IdnHost.Trim('[', ']'), url.IsDefaultPort || url.Port < 0 ? null : url.Port)],
            Port = null,
            Tls = url.Scheme == "amqps",
            VirtualHost = url.AbsolutePath is "" or "/" ? "/" : Uri.UnescapeDataString(url.AbsolutePath[1..]),
        };
        if (url.UserInfo.Length > 0)
        {
            options = options with { User = Uri.UnescapeDataString(named[0]), Password = password, PasswordFile = null };
        }

        if (passwordFile is not null)
        {
            RequireReadable(passwordFile);
            options = options with { Password = null, PasswordFile = passwordFile };
        }

        return new BrokerAddress(options, Embedded: null, $"{url.Scheme}://{url.Authority[(url.Authority.LastIndexOf('@') + 1)..]}{url.AbsolutePath.TrimEnd('/')}");
    }

    /// <summary>Says it before the broker is connected to, which would be tried again and again.</summary>
    private static void RequireReadable(string file)
    {
        try
        {
            using var opened = File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCodes.NoInput, $"the password file {file} {FileFault.Reading(file, e)}", e);
        }
    }

    private static BrokerAddress OfEmbedded(string? folder, TaskQueueConfiguration configuration, Surroundings surroundings)
    {
        // A data folder of taskqueue-standalone has the configuration with the broker's address in it.
        var beside = folder is null ? null : Path.Combine(folder, "config.ini");
        var embedded = (File.Exists(beside) ? Settings.Load(beside, surroundings).Configuration : configuration).EmbeddedBroker;
        embedded = folder is null ? embedded : embedded with { DataDir = folder };
        var (endpoint, isTls) = embedded is { Listen: { } plain } ? (plain, false) : (embedded.ListenTls!, true);
        var address = endpoint.Address.ToString() switch { "0.0.0.0" => "127.0.0.1", "::" => "::1", var other => other };
        var options = configuration.Broker with
        {
            Hosts = [new BrokerHost(address, endpoint.Port)],
            Tls = isTls,
            VirtualHost = "/",
            User = FirstUser.Name,
            Password = null,
            PasswordFile = embedded.PasswordFile,
        };
        return new BrokerAddress(options, embedded, $"{EmbeddedName}:{embedded.DataDir}");
    }

    private static CommandFailedException Wrong(string option, string message) => new(ExitCodes.Usage, $"{option}: {message}");
}
