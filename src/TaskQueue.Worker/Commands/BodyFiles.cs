using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Starting;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>The files that commands read bodies from, in a folder that only this user may enter.</summary>
internal sealed class BodyFiles
{
    private const string Remedy = "make room there, or name another folder with env_TMPDIR";

    /// <summary>Makes the folder.</summary>
    /// <exception cref="UnusableException">It cannot be made.</exception>
    public BodyFiles()
    {
        try
        {
            Folder = Directory.CreateTempSubdirectory("taskqueue-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableException($"there can be no folder for the files of {{body_file}} in {Path.GetTempPath()}: {e.Message}; {Remedy}", e);
        }
    }

    /// <summary>The folder.</summary>
    /// <value>In TMPDIR or /tmp. It is removed at the end of this process, however that comes, by the <see cref="Guardian"/>.</value>
    public string Folder { get; }

    /// <summary>Writes the body of a task.</summary>
    /// <returns>The file, which goes when it is disposed of.</returns>
    /// <exception cref="CommandFailedException">The host has no room for it, or no such folder any more.</exception>
    /// <exception cref="CommandFailedException">It would not fit if there were nothing else.</exception>
    public BodyFile Write(TaskFrame task)
    {
        // Nothing that a message says is part of the name.
        var file = new BodyFile(Path.Combine(Folder, $"body-{task.TaskId}"));
        try
        {
            using var stream = new FileStream(file.Path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            stream.Write(task.Body.Span);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            var (outcome, problem) = CanNeverFit(task.Body.Length, e)
                ? (TaskOutcome.PermanentFailure, $"the body has {task.Body.Length} bytes, more than the file system of {Folder} holds at all")
                : (e.HResult == Errno.NoSpace ? TaskOutcome.NoRoom : TaskOutcome.Unusable, $"a body of {task.Body.Length} bytes cannot be written to a file in {Folder}: {e.Message}; {Remedy}");
            throw new CommandFailedException(outcome, problem, "no body file");
        }
    }

    // One task that is too large must not keep the others from running, over and over again.
    private bool CanNeverFit(int bytes, Exception exception) =>
        exception.HResult == Errno.NoSpace && new DriveInfo(Folder).TotalSize is > 0 and var size && size < bytes;
}

/// <summary>A file with the body of a task.</summary>
/// <param name="path">Its path.</param>
internal sealed class BodyFile(string path) : IDisposable
{
    public string Path { get; } = path;

    public void Dispose()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The command took the folder from under it; the guardian removes what there is.
        }
    }
}
