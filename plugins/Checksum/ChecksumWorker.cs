using System.Security.Cryptography;

namespace TaskQueue.Plugins.Checksum;

/// <summary>Computes the SHA-256 of the file that the field <c>path</c> names, and returns it in the fields <c>size</c> and <c>sha256</c>.</summary>
public sealed class ChecksumWorker : BaseWorker
{
    private const int BufferBytes = 128 * 1024;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Accept { get; } = [RuoteWorkItem.Type];

    /// <inheritdoc/>
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        var fields = ((RuoteWorkItem)workItem).Fields;
        var path = fields["path"]?.ToString();
        if (!Path.IsPathFullyQualified(path ?? ""))
        {
            throw new PermanentFailureException($"field path = \"{path}\": expected the absolute path of a file");
        }

        try
        {
            await using var file = File.OpenRead(path!);
            fields["sha256"] = await HashAsync(file, context);
            fields["size"] = file.Length;
            return workItem;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PermanentFailureException($"field path = \"{path}\": there is no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PermanentFailureException($"field path = \"{path}\": user {Environment.UserName} cannot read it, or it is a folder", e);
        }
        catch (IOException e)
        {
            throw new TemporaryFailureException($"field path = \"{path}\": {e.Message}", e);
        }
    }

    private static async Task<string> HashAsync(FileStream file, TaskContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        long done = 0;
        int read;
        while ((read = await file.ReadAsync(buffer, context.CancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            done += read;
            context.ReportProgress((double)done / Math.Max(done, file.Length), $"{done} bytes");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
