using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TaskQueue.TestPlugins;

/// <summary>The pipe from this worker process to its pool, as code of a plugin can find it, and frames written by hand.</summary>
internal static class ProtocolPipe
{
    private const int WriteOnly = 1, AccessMode = 3;

    /// <summary>The number of the task that this context belongs to, from the insides of the worker.</summary>
    public static long TaskIdOf(object context) => FindTaskId(context, depth: 0) ?? throw new InvalidOperationException("The worker keeps the number of a task elsewhere now.");

    /// <summary>Writes bytes as they are.</summary>
    public static void Write(byte[] bytes)
    {
        using var pipe = new FileStream(new SafeFileHandle(FindDescriptor(), ownsHandle: false), FileAccess.Write, bufferSize: 0);
        pipe.Write(bytes);
    }

    /// <summary>A frame, header included.</summary>
    public static byte[] Frame(byte kind, Action<BinaryWriter>? content = null)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(0);
        writer.Write(kind);
        content?.Invoke(writer);
        writer.Flush();
        var frame = bytes.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - sizeof(int));
        return frame;
    }

    /// <summary>A text as frames have it.</summary>
    public static void Text(BinaryWriter to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        to.Write(bytes.Length);
        to.Write(bytes);
    }

    private static int FindDescriptor()
    {
        var descriptors = new DirectoryInfo("/proc/self/fd").GetFiles()
            .Select(file => (Number: int.Parse(file.Name, CultureInfo.InvariantCulture), Target: file.LinkTarget ?? ""))
            .Where(descriptor => descriptor.Target.StartsWith("pipe:", StringComparison.Ordinal))
            .ToList();
        var errors = descriptors.Find(descriptor => descriptor.Number == 2).Target;

        // The runtime has pipes to itself, of which both ends are here.
        return descriptors.First(descriptor => descriptor.Number > 2
            && descriptor.Target != errors
            && Mode(descriptor.Number) == WriteOnly
            && !descriptors.Exists(other => other.Target == descriptor.Target && Mode(other.Number) != WriteOnly)).Number;
    }

    private static int Mode(int descriptor)
    {
        var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & AccessMode;
    }

    private static long? FindTaskId(object from, int depth)
    {
        const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        foreach (var field in from.GetType().GetFields(Fields))
        {
            if (field.FieldType == typeof(long) && field.Name.Contains("taskId", StringComparison.OrdinalIgnoreCase))
            {
                return (long)field.GetValue(from)!;
            }

            if (depth < 3 && field.FieldType.Namespace?.StartsWith("TaskQueue", StringComparison.Ordinal) == true
                && field.GetValue(from) is { } inner && FindTaskId(inner, depth + 1) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
