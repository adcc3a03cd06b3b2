using System.Text;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Starting;

namespace TaskQueue.Worker.Commands;

/// <summary>Finds the program of a command, before any task is taken for it.</summary>
internal static class ProgramFile
{
    // The most that the kernel reads of a "#!" line, BINPRM_BUF_SIZE.
    private const int InterpreterLineBytes = 256;

    /// <summary>Finds a program as exec(3) would, as the user that this process runs as.</summary>
    /// <param name="program">An absolute path, or a name.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="UnusableException">It cannot be run.</exception>
    public static string Find(string program)
    {
        var path = program.Contains('/', StringComparison.Ordinal) ? program : FindInPath(program);
        CheckExecutable(path, path);
        if (InterpreterOf(path) is { } interpreter)
        {
            CheckExecutable(interpreter, $"{path} begins with \"#!{interpreter}\", which");
        }

        return path;
    }

    private static string FindInPath(string name)
    {
        var folders = Environment.GetEnvironmentVariable("PATH") ?? "";
        return folders.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(path => File.Exists(path) && MayExecute(path))
            ?? throw new UnusableException($"the command {name} is in none of the folders of PATH ({folders}) as a program that the user {Environment.UserName} may execute; install it, or write its absolute path");
    }

    private static void CheckExecutable(string path, string subject)
    {
        var problem = Directory.Exists(path) ? "is a folder"
            : MayExecute(path) ? null
            : File.Exists(path) ? $"may not be executed by the user {Environment.UserName}"
            : $"does not exist, as the user {Environment.UserName} sees it";
        if (problem is not null)
        {
            throw new UnusableException($"the command cannot be run: {subject} {problem}; correct the command, or the file");
        }
    }

    private static bool MayExecute(string path) => NativeMethods.Access(path, NativeMethods.MayExecute) == 0;

    private static string? InterpreterOf(string path)
    {
        Span<byte> start = stackalloc byte[InterpreterLineBytes];
        try
        {
            using var file = File.OpenHandle(path);
            start = start[..RandomAccess.Read(file, start, fileOffset: 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A program may be one to execute and not to read.
            return null;
        }

        if (!start.StartsWith("#!"u8))
        {
            return null;
        }

        var line = start[2..].TrimStart(" \t"u8);
        var end = line.IndexOfAny(" \t\r\n"u8);
        return Encoding.UTF8.GetString(end < 0 ? line : line[..end]);
    }
}
