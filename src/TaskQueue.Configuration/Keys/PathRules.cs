using System.Diagnostics.CodeAnalysis;

namespace TaskQueue.Configuration.Keys;

/// <summary>How a path that the configuration names becomes an absolute one.</summary>
/// <param name="baseDirectory">What relative paths are relative to.</param>
/// <param name="environment">Where systemd says in which folder it has put the credentials of a service.</param>
internal sealed class PathRules(string baseDirectory, IReadOnlyDictionary<string, string> environment)
{
    // systemd.exec(5), LoadCredential=
    private const string Credentials = "CREDENTIALS_DIRECTORY";

    /// <summary>Makes a path absolute.</summary>
    /// <param name="text">The path; <c>$CREDENTIALS_DIRECTORY/NAME</c> is a credential of this service.</param>
    /// <param name="path">The absolute path.</param>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? Resolve(string text, [NotNull] out string? path)
    {
        path = text;
        if (text.StartsWith($"${Credentials}", StringComparison.Ordinal))
        {
            var rest = text[(Credentials.Length + 1)..];
            if (rest.Length < 2 || rest[0] != '/')
            {
                return $"expected the name of a credential, ${Credentials}/NAME.";
            }

            if (environment.GetValueOrDefault(Credentials) is not { Length: > 0 } folder)
            {
                return $"the variable {Credentials} is not set: systemd sets it for services whose unit has LoadCredential=; elsewhere name the file itself.";
            }

            path = folder + rest;
        }

        path = Path.GetFullPath(path, baseDirectory);
        return null;
    }
}
