using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Notifications;

/// <summary>Runs a program that gets a notification on its standard input; exit code 0 says that it was taken.</summary>
/// <param name="command">The program and its arguments.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalCommand(NotificationCommand command, TimeProvider time) : INotificationWay
{
    private const int LongestWords = 500;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // Passwords of this service may stand in variables.
    private static readonly string[] Variables = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"];

    public async Task<string?> TellAsync(string id, byte[] json, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command.Arguments[0]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Arguments.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Except(Variables, StringComparer.Ordinal).ToList())
        {
            start.Environment.Remove(name);
        }

        using var deadline = new CancellationTokenSource(Longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            var words = Task.WhenAll(HeadAsync(process.StandardError.BaseStream, stop.Token), HeadAsync(process.StandardOutput.BaseStream, stop.Token));
            await WriteAsync(process, json, stop.Token);
            await process.WaitForExitAsync(stop.Token);
            if (process.ExitCode == 0)
            {
                // What it has left running may go on writing.
                return null;
            }

            var said = (await words)[0];
            return string.Create(CultureInfo.InvariantCulture, $"the exit code was {process.ExitCode}{(said.Length == 0 ? "" : $": {said}")}");
        }
        catch (Win32Exception e)
        {
            return $"it cannot be run: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it has not ended for {Longest.TotalSeconds} s, and was killed";
        }
        finally
        {
            if (process is { HasExited: false })
            {
                process.Kill(entireProcessTree: true);
            }

            process?.Dispose();
        }
    }

    private static async Task WriteAsync(Process process, byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(json, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not want to know; its exit code says whether that is well.
        }
    }

    /// <summary>Reads all that it says, and keeps the beginning.</summary>
    private static async Task<string> HeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new MemoryStream();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            head.Write(buffer, 0, (int)Math.Min(count, LongestWords - head.Length));
        }

        return ForeignText.Line(System.Text.Encoding.UTF8.GetString(head.ToArray()), LongestWords).Trim();
    }
}
