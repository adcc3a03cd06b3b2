using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Files;

namespace TaskQueue.Web.Access;

/// <summary>The tokens of a file, which is read again when it changes.</summary>
/// <remarks>A file that cannot be read changes nothing while the service runs: who could ask before can do so still, and the log says why.</remarks>
internal sealed class TokenFile : IDisposable
{
    private const long MaxBytes = 1 << 20;

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly FileWatch _watch;
    private volatile FrozenDictionary<string, Caller> _callers;

    private TokenFile(string path, ILogger logger, TimeProvider time)
    {
        (_path, _logger, _watch) = (path, logger, new FileWatch(path));
        _callers = Read(path);
        _watch.Start(time, ReadAgain);
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or something in it is wrong.</exception>
    public static TokenFile Open(string path, ILogger logger, TimeProvider time) => new(path, logger, time);

    /// <summary>Whose a token is.</summary>
    public Caller? Find(string token) => FindByHash(WebToken.HashOf(token));

    /// <summary>Whose the token is that is known by a hash.</summary>
    public Caller? FindByHash(string hash) => _callers.GetValueOrDefault(hash);

    public void Dispose() => _watch.Dispose();

    private void ReadAgain()
    {
        try
        {
            _callers = Read(_path);
            _logger.TokensRead(_path, _callers.Count);
        }
        catch (ConfigurationException e)
        {
            _logger.TokensRefused(e.Message);
        }
    }

    private static FrozenDictionary<string, Caller> Read(string path)
    {
        var callers = new Dictionary<string, Caller>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            if (line.Trim() is { Length: > 0 } text && text[0] is not ('#' or ';'))
            {
                var token = WebToken.Read(text) ?? throw new ConfigurationException($"{path}:{number}: expected {WebToken.Rule}.");
                callers[token.Hash] = new Caller(token.Name, token.Role, token.Types?.ToFrozenSet(StringComparer.Ordinal));
            }
        }

        return callers.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string[] Lines(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path, MaxBytes)).Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"[web] tokens_file: {path} {FileFault.Reading(path, e)}");
        }
    }
}
