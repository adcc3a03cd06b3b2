using System.Text;
using TaskQueue.Files;

namespace TaskQueue.Broker.Access;

/// <summary>The users' file as text: a user a line; empty lines and those that begin with <c>#</c> are a person's own.</summary>
internal sealed class UserFileText
{
    private const long MaxBytes = 16 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<(string Line, User? User)> _lines = [];

    /// <summary>The users in the order of their lines.</summary>
    public IEnumerable<User> Users => _lines.Select(line => line.User).OfType<User>();

    /// <summary>Reads a file.</summary>
    /// <exception cref="AccessException">Others may read it, it cannot be read, or lines of it are no users; each of them is named.</exception>
    public static UserFileText Read(string path)
    {
        try
        {
            return Parse(Utf8.GetString(PrivateFile.ReadAllBytes(path, MaxBytes)), path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DecoderFallbackException || (e is IOException and not AccessException))
        {
            throw new AccessException(e is DecoderFallbackException ? $"{path} is not UTF-8" : $"{path} {FileFault.Reading(path, e)}", e);
        }
    }

    /// <param name="path">For messages.</param>
    /// <exception cref="AccessException">Lines are no users; each of them is named.</exception>
    public static UserFileText Parse(string text, string path)
    {
        var parsed = new UserFileText();
        var problems = new List<string>();
        var numbers = new Dictionary<string, int>();
        var lines = new StringReader(text);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
            {
                parsed._lines.Add((line, null));
                continue;
            }

            try
            {
                var user = UserLine.Parse(line);
                parsed._lines.Add((line, numbers.TryAdd(user.Name, number)
                    ? user
                    : throw new FormatException($"\"{user.Name}\" is in line {numbers[user.Name]} already; expected each user once")));
            }
            catch (FormatException e)
            {
                problems.Add($"{path}:{number}: {e.Message}");
            }
        }

        return problems.Count == 0 ? parsed : throw new AccessException(string.Join('\n', problems));
    }

    public User? Find(string name) => Users.FirstOrDefault(user => user.Name == name);

    /// <summary>Puts a user in the place of the one of the same name, or at the end; all other lines stay as they are.</summary>
    public void Set(User user)
    {
        var index = _lines.FindIndex(line => line.User?.Name == user.Name);
        if (index < 0)
        {
            _lines.Add((UserLine.Write(user), user));
        }
        else
        {
            _lines[index] = (UserLine.Write(user), user);
        }
    }

    public void Remove(string name) => _lines.RemoveAll(line => line.User?.Name == name);

    /// <summary>Writes it: whole or not at all, and for its owner only.</summary>
    /// <exception cref="AccessException">It cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            DurableFile.Replace(path, Utf8.GetBytes(string.Concat(_lines.Select(line => line.Line + '\n'))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessException($"{path} {FileFault.Writing(path, e)}", e);
        }
    }
}
