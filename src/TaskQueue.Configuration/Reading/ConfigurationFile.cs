using System.Text;
using TaskQueue.Files;

namespace TaskQueue.Configuration.Reading;

/// <summary>The file itself: its bytes, and who may read it.</summary>
internal static class ConfigurationFile
{
    private const long MaxBytes = 16 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ConfigurationException">The file cannot be read, or is not UTF-8.</exception>
    public static string ReadText(string path)
    {
        byte[] bytes;
        try
        {
            bytes = RegularFile.ReadAllBytes(path, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: the configuration {FileFault.Reading(path, e)} config.ini.example shows what it may contain.");
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length)).Count((byte)'\n');
            throw new ConfigurationException(
                $"{Origin.OfLine(path, line).Text}: expected UTF-8, found the byte 0x{e.BytesUnknown?.FirstOrDefault():X2}; save the file as UTF-8.");
        }
    }

    /// <summary>Why a file that the configuration names cannot be used.</summary>
    /// <returns>The end of a sentence that begins with the file, or <see langword="null"/> when it can be read.</returns>
    public static string? WhyUnreadable(string path)
    {
        try
        {
            using var file = RegularFile.Open(path, MaxBytes);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FileFault.Reading(path, e);
        }
    }

    /// <summary>Warns when a password in the file can be read by everybody.</summary>
    public static void WarnOfReaders(Entry? password, Problems problems)
    {
        if (password is { Value.Length: > 0, Origin.IsVariable: false }
            && !OperatingSystem.IsWindows()
            && new FileInfo(password.Origin.File) is { Exists: true } file
            && file.UnixFileMode.HasFlag(UnixFileMode.OtherRead))
        {
            problems.Warn(
                password.Origin,
                $"[{IniNames.Amqp}] {password.Key} can be read by every user of this host; take the right away (chmod o-r), or use passwd_file.");
        }
    }
}
