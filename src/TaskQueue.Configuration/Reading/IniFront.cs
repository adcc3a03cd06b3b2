using System.Text;
using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration.Reading;

/// <summary>
/// What the framework's ini reader lacks, put before it: <c>:</c> between key and value, comments behind values, places,
/// and errors that are collected instead of thrown. Rewrites the text into the form which that reader takes literally:
/// every value in double quotes.
/// </summary>
internal sealed class IniFront
{
    private const char ByteOrderMark = '\uFEFF';

    private readonly Problems _problems;
    private readonly IniLayout _layout;
    private readonly StringBuilder _normalised = new();

    // What this file has said: it may say again what another one has, and nothing twice.
    private readonly Dictionary<string, Origin> _own = new(StringComparer.OrdinalIgnoreCase);
    private SectionPlace? _section;
    private bool _skipping;

    private IniFront(IniLayout layout, Problems problems)
    {
        _layout = layout;
        _problems = problems;
    }

    /// <summary>Reads a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="order">Which of the files it is, from 0 on.</param>
    /// <param name="layout">Takes its sections and keys; those that another file has set are set here from now on.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <returns>The same settings for the framework's reader.</returns>
    public static string Read(SourceText source, int order, IniLayout layout, Problems problems)
    {
        var front = new IniFront(layout, problems);
        using var lines = new StringReader(source.Text.StartsWith(ByteOrderMark) ? source.Text[1..] : source.Text);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            front.ReadLine(line, Origin.OfLine(source.FileName, number, order));
        }

        return front._normalised.ToString();
    }

    private void ReadLine(string line, Origin origin)
    {
        var text = line.AsSpan().Trim();
        if (text.IsEmpty || IsCommentSign(text[0]))
        {
            return;
        }

        if (IniNames.FindControlCharacter(text) is { } control)
        {
            _problems.Add(origin, $"the line contains the control character U+{(int)control:X4}; remove it.");
        }
        else if (text[0] == '[')
        {
            BeginSection(text, origin);
        }
        else
        {
            ReadKey(text, origin);
        }
    }

    private void BeginSection(ReadOnlySpan<char> text, Origin origin)
    {
        // Until it is clear which section this is, its keys belong to none.
        _section = null;
        _skipping = true;
        var end = text.IndexOf(']');
        if (end < 0 || (text[(end + 1)..].TrimStart() is { IsEmpty: false } rest && !IsCommentSign(rest[0])))
        {
            _problems.Add(origin, "expected \"[section]\" alone on its line; the keys that follow are not read.");
            return;
        }

        var name = text[1..end].Trim().ToString();
        if (!IniNames.IsSection(name))
        {
            _problems.Add(origin, $"[{name}]: expected {IniNames.ExpectedSection}; its keys are not read.");
            return;
        }

        if (!_own.TryAdd(name, origin))
        {
            _problems.Add(origin, $"[{name}] has already begun {_own[name].Reference}; put its keys there.");
        }

        _section = _layout.GetOrAdd(name, origin);
        _skipping = false;
        _normalised.Append('[').Append(_section.Name).Append("]\n");
    }

    // Messages of this method do not quote the line: what is misspelled there may be a password.
    private void ReadKey(ReadOnlySpan<char> text, Origin origin)
    {
        var separator = text.IndexOfAny('=', ':');
        if (separator < 0)
        {
            _problems.Add(origin, "expected \"[section]\" or \"key = value\", found neither \"=\" nor \":\".");
            return;
        }

        var key = text[..separator].TrimEnd();
        if (!IniNames.IsKey(key))
        {
            _problems.Add(origin, $"the name of a key has {IniNames.ExpectedKey}; what stands before \"{text[separator]}\" has not.");
            return;
        }

        if (_section is null)
        {
            if (!_skipping)
            {
                _problems.Add(origin, $"{key} stands before the first section; put a line such as [{IniNames.TaskQueue}] before it.");
            }

            return;
        }

        var name = key.ToString();
        var path = _section.PathOf(name);
        if (!_own.TryAdd(path, origin))
        {
            _problems.Add(origin, $"[{_section.Name}] {name} is already set {_own[path].Reference}; remove one of the two.");
            return;
        }

        _section.Keys[name] = origin;
        _layout.SettingFiles.Add(origin.File);
        var value = ValueOf(text[(separator + 1)..], out var comment);
        if (LooksCut(name, value, comment))
        {
            _problems.Warn(
                origin,
                $"[{_section.Name}] {name} ends before \"{comment[0]}\", which begins a comment. If it belongs to the value, put the value in double quotes; if not, put the comment on a line of its own.");
        }

        _normalised.Append(name).Append("=\"").Append(value).Append("\"\n");
    }

    /// <summary>Whether a comment behind a value may have been meant as a part of it: of anything secret, or where it leaves no value at all.</summary>
    private static bool LooksCut(string key, ReadOnlySpan<char> value, ReadOnlySpan<char> comment) =>
        !comment.IsEmpty && (Secrets.IsSecretItself(key) || (value.IsEmpty && comment.Length > 1 && !char.IsWhiteSpace(comment[1])));

    private static ReadOnlySpan<char> ValueOf(ReadOnlySpan<char> text, out ReadOnlySpan<char> comment)
    {
        comment = default;
        var trimmed = text.Trim();
        if (trimmed.StartsWith('"'))
        {
            for (var i = 1; i < trimmed.Length; i++)
            {
                if (trimmed[i] == '"' && IsBlankOrComment(trimmed[(i + 1)..]))
                {
                    return trimmed[1..i];
                }
            }
        }

        for (var i = 1; i < text.Length; i++)
        {
            if (IsCommentSign(text[i]) && char.IsWhiteSpace(text[i - 1]))
            {
                comment = text[i..];
                return text[..i].Trim();
            }
        }

        return trimmed;
    }

    private static bool IsBlankOrComment(ReadOnlySpan<char> text) =>
        text.IsEmpty || (char.IsWhiteSpace(text[0]) && IsCommentSign(text.TrimStart()[0]));

    private static bool IsCommentSign(char c) => c is ';' or '#';
}
