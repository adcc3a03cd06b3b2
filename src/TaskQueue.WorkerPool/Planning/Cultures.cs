using System.Runtime.InteropServices;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Whether this host has what .NET knows cultures by: the ICU library.</summary>
/// <remarks>A worker process that may use cultures and finds no ICU ends before it begins.</remarks>
internal static class Cultures
{
    /// <summary>The variable by which a process of .NET does without cultures.</summary>
    public const string InvariantVariable = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    // The versions that .NET itself looks for: src/native/libs/System.Globalization.Native/pal_icushim.c in dotnet/runtime.
    private const int NewestVersion = 100, OldestVersion = 50;

    /// <summary>Looks for the library as .NET does.</summary>
    public static bool AreInstalled()
    {
        for (var version = NewestVersion; version >= OldestVersion; version--)
        {
            if (NativeLibrary.TryLoad($"libicuuc.so.{version}", out var library))
            {
                NativeLibrary.Free(library);
                return true;
            }
        }

        return false;
    }
}
