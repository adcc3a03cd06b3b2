using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>The files that commands read bodies from, in a folder that only this user may enter.</summary>
internal sealed class BodyFiles
{
    /// <summary>The folder.</summary>
    /// <value>In TMPDIR or /tmp. It is removed at the end of this process, however that comes, by the <see cref="Guardian"/>.</value>
    public string Folder { get; } = Directory.CreateTempSubdirectory("taskqueue-").FullName;

    /// <summary>Writes the body of a task.</summary>
    /// <returns>The file, which goes when it is disposed of.</returns>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public async Task<BodyFile> WriteAsync(TaskFrame task, CancellationToken cancellationToken)
    {
        // Nothing that a message says is part of the name.
        var file = new BodyFile(Path.Combine(Folder, $"body-{task.TaskId}"));
        try
        {
            await using var stream = new FileStream(file.Path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await stream.WriteAsync(task.Body, cancellationToken);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new CommandFailedException(TaskOutcome.TemporaryFailure, $"the body cannot be written to a file: {e.Message}", "no body file");
        }
        catch (OperationCanceledException)
        {
            file.Dispose();
            throw;
        }
    }
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
