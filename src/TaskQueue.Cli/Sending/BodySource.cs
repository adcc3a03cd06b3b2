using TaskQueue.Files;

namespace TaskQueue.Cli.Sending;

/// <summary>Fetches the body that the command line names.</summary>
internal static class BodySource
{
    /// <summary>Reads a body: <c>-</c> is standard input, <c>@FILE</c> a file, anything else the body itself.</summary>
    /// <returns>The bytes, or <see langword="null"/> when the command line has no body.</returns>
    /// <exception cref="CommandFailedException">The file cannot be read.</exception>
    public static async Task<byte[]?> ReadAsync(string? argument, Func<Stream> openInput, CancellationToken cancellationToken)
    {
        switch (argument)
        {
            case null:
                return null;
            case "-":
                await using (var input = openInput())
                {
                    using var bytes = new MemoryStream();
                    await input.CopyToAsync(bytes, cancellationToken);
                    return bytes.ToArray();
                }

            case "@":
                throw new CommandFailedException(ExitCodes.Usage, "BODY \"@\": expected the name of a file behind it. A body that begins with @ goes through a pipe.");

            case ['@', .. var path]:
                try
                {
                    return await File.ReadAllBytesAsync(path, cancellationToken);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new CommandFailedException(ExitCodes.NoInput, $"the body file \"{path}\" {FileFault.Reading(path, e)} A body that begins with @ goes through a pipe.", e);
                }

            default:
                return System.Text.Encoding.UTF8.GetBytes(argument);
        }
    }
}
