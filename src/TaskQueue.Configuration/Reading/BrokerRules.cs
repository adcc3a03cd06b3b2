using TaskQueue.Configuration.Keys;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between the keys of <c>[amqp]</c>, and of the files that they name.</summary>
internal sealed class BrokerRules(Section section, Problems problems)
{
    public void Check(BrokerOptions options)
    {
        if (options is { Password: not null, PasswordFile: not null })
        {
            Add(BrokerKeys.PasswdFile, $"{BrokerKeys.Passwd} is set as well ({Place(BrokerKeys.Passwd)}); remove one of the two, or leave it empty.");
        }

        if (options is { Password: null, PasswordFile: null } && options.User != new BrokerOptions().User)
        {
            // Not the password of the broker's own account, which an empty one would be taken for: it is never this user's.
            Add(
                section.Find(BrokerKeys.Passwd) is null ? BrokerKeys.User : BrokerKeys.Passwd,
                $"expected the password of the user \"{options.User}\" in {BrokerKeys.Passwd} or {BrokerKeys.PasswdFile}, found none.");
        }

        CertificateRules.Check(section, options.CertFile, options.KeyFile, problems);
        if (!options.Tls)
        {
            foreach (var (key, _) in FilesOfTls(options))
            {
                Add(key, $"it has no effect without TLS; set {BrokerKeys.Tls} = yes, or remove it.");
            }
        }
    }

    /// <summary>Checks that the files can be read, so that a mistake shows at start and not when the broker is away.</summary>
    public void CheckFiles(BrokerOptions options)
    {
        foreach (var (key, path) in FilesOfTls(options).Append((Key: BrokerKeys.PasswdFile, Path: options.PasswordFile!)).Where(file => file.Path is not null))
        {
            if (ConfigurationFile.WhyUnreadable(path) is { } reason)
            {
                Add(key, $"the file \"{path}\" {reason}");
            }
        }
    }

    private static IEnumerable<(string Key, string Path)> FilesOfTls(BrokerOptions options) =>
        ((IEnumerable<(string Key, string? Path)>)
        [
            (BrokerKeys.CaFile, options.CaFile),
            (BrokerKeys.CertFile, options.CertFile),
            (BrokerKeys.KeyFile, options.KeyFile),
        ]).Where(file => file.Path is not null).Select(file => (file.Key, file.Path!));

    private string Place(string key) => section.Find(key)!.Origin.Text;

    private void Add(string key, string message) => problems.Add(section, key, message);
}
