using System.Globalization;

namespace TaskQueue.Files;

/// <summary>Finds out who may change what a path leads to.</summary>
/// <remarks>
/// Whoever owns a file can change it, and so can its group and everybody where the mode says so (an access control list shows in the
/// mode of the group). Whoever can write to a folder on the way can put something else in its place, unless the folder is sticky, like
/// <c>/tmp</c>. Links are followed step by step, as the kernel does. Group 0 is root's.
/// </remarks>
public static class FileTrust
{
    private const uint Root = 0;

    // As many links as the kernel follows, MAXSYMLINKS.
    private const int MaxLinks = 40;

    /// <summary>Looks for somebody else who may change a file or folder.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="user">The number of the user who may, besides root.</param>
    /// <param name="isFolderOfCode">Whether code is looked for in it, so that even a sticky folder lets somebody add code.</param>
    /// <returns>The first place, from the root of the file system on, that somebody else may change; <see langword="null"/> when there is none, or nothing at all.</returns>
    public static FileDistrust? Find(string path, uint user, bool isFolderOfCode = false)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var steps = new Stack<string>(StepsOf(path));
        var place = "/";
        var links = 0;
        while (true)
        {
            FileStatus? status;
            string? target;
            try
            {
                status = FileStatus.OfEntry(place);
                target = status?.Kind == FileKind.Link ? new FileInfo(place).LinkTarget : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What cannot be looked at cannot be read either; who wants to read it will say so.
                return null;
            }

            if (status is null)
            {
                return null;
            }

            var isEnd = steps.Count == 0;
            if (!IsTrusted(status, user, allowsSticky: !isEnd || !isFolderOfCode))
            {
                return new FileDistrust(place, status, user);
            }

            if (status.Kind == FileKind.Link)
            {
                if (++links > MaxLinks || target is null)
                {
                    return null;
                }

                foreach (var step in StepsOf(target))
                {
                    steps.Push(step);
                }

                place = target.StartsWith('/') ? "/" : Path.GetDirectoryName(place)!;
            }
            else if (isEnd)
            {
                return null;
            }
            else
            {
                place = Path.GetFullPath(steps.Pop(), place);
            }
        }
    }

    private static IEnumerable<string> StepsOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse();

    private static bool IsTrusted(FileStatus status, uint user, bool allowsSticky)
    {
        if (status.Owner != Root && status.Owner != user)
        {
            return false;
        }

        // Everybody may write to a link, and nobody can.
        return status.Kind == FileKind.Link
            || !(status.Mode.HasFlag(UnixFileMode.OtherWrite) || (status.Mode.HasFlag(UnixFileMode.GroupWrite) && status.Group != Root))
            || (allowsSticky && status.Kind == FileKind.Folder && status.Mode.HasFlag(UnixFileMode.StickyBit));
    }
}

/// <summary>A place that somebody may change who is not trusted to.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Status">What the kernel says of it; <see langword="null"/> where that cannot be found out.</param>
/// <param name="User">The number of the user who may, besides root.</param>
public sealed record FileDistrust(string Path, FileStatus? Status, uint User)
{
    /// <summary>Why it cannot be found out who may change it.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Owner and mode, and what to do, in a sentence.</summary>
    public override string ToString()
    {
        if (Status is null)
        {
            return $"{Path}: it cannot be found out who may change what is in it: {Obstacle}; mend or remove what cannot be read";
        }

        var mode = Convert.ToString((int)Status.Mode, toBase: 8).PadLeft(4, '0');
        var trusted = User == 0 ? "root" : $"root and \"{AccountNames.Of(User)}\"";
        return $"{Path} (owner \"{AccountNames.Of(Status.Owner)}\", mode {mode}) can be changed by others than {trusted}; chown root: {Path} && chmod go-w {Path}";
    }
}

/// <summary>Names of accounts, for messages.</summary>
internal static class AccountNames
{
    private const string Accounts = "/etc/passwd";

    /// <summary>The name of an account of this host's own, or its number.</summary>
    public static string Of(uint user)
    {
        var number = user.ToString(CultureInfo.InvariantCulture);
        try
        {
            // name:password:uid:..., passwd(5)
            return File.ReadLines(Accounts).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)?[0] ?? number;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return number;
        }
    }
}
