namespace TaskQueue.Files;

/// <summary>What is the matter with a file that a person has named, and what to do about it, in place of what the framework says.</summary>
public static class FileFault
{
    /// <summary>Why it cannot be read.</summary>
    /// <returns>The end of a sentence that begins with the file.</returns>
    public static string Reading(string path, Exception exception) => exception switch
    {
        _ when Directory.Exists(path) => "is a folder; name a file.",
        FileNotFoundException or DirectoryNotFoundException => "does not exist; create it, or name another one.",
        UnauthorizedAccessException => $"may not be read by the user \"{Environment.UserName}\"; allow it, or run as another user.",
        _ => $"cannot be read: {exception.Message}",
    };

    /// <summary>Why it cannot be made or written.</summary>
    /// <returns>The end of a sentence that begins with the file.</returns>
    public static string Writing(string path, Exception exception) => exception switch
    {
        _ when Directory.Exists(path) => "is a folder; name a file.",
        DirectoryNotFoundException => $"has no folder: {Path.GetDirectoryName(path)} does not exist; make it, or name another one.",
        UnauthorizedAccessException => $"may not be written by the user \"{Environment.UserName}\"; allow it, or name another place.",
        _ => $"cannot be written: {exception.Message}",
    };
}
