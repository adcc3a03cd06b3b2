using TaskQueue.Files;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Starting;

namespace TaskQueue.Worker.Commands;

/// <summary>Finds the program of a command, before any task is taken for it.</summary>
internal static class ProgramFile
{
    /// <summary>Finds a program as exec(3) would, as the user that this process runs as.</summary>
    /// <param name="program">An absolute path, or a name.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="UnusableException">It cannot be run.</exception>
    public static string Find(string program)
    {
        var path = program.Contains('/', StringComparison.Ordinal) ? program : FindInPath(program);
        CheckExecutable(path, path);
        if (ScriptLine.Of(path) is var (interpreter, hasWindowsEnd))
        {
            if (hasWindowsEnd)
            {
                throw new UnusableException(
                    $"the command cannot be run: {path} has Windows line ends, so that its first line names an interpreter that does not exist (\"{interpreter}\\r\"); save it with Unix line ends (sed -i 's/\\r$//' {path})");
            }

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
            ?? throw new UnusableException($"the command {name} is in none of the folders of PATH ({folders}) as a program that the user \"{Environment.UserName}\" may execute; install it, or write its absolute path");
    }

    private static void CheckExecutable(string path, string subject)
    {
        var problem = Directory.Exists(path) ? "is a folder"
            : MayExecute(path) ? null
            : File.Exists(path) ? $"may not be executed by the user \"{Environment.UserName}\""
            : $"does not exist, as the user \"{Environment.UserName}\" sees it";
        if (problem is not null)
        {
            throw new UnusableException($"the command cannot be run: {subject} {problem}; correct the command, or the file");
        }
    }

    private static bool MayExecute(string path) => NativeMethods.Access(path, NativeMethods.MayExecute) == 0;
}
