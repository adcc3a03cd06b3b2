using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TaskQueue.Broker.StoreTrials.Faults;

/// <summary>A layer between SQLite and its files: SQLite's own, with an eye on what is written and flushed.</summary>
/// <remarks>https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html: both structures are tables of pointers.</remarks>
internal static unsafe partial class FileLayer
{
    /// <summary>The name by which a connection asks for it.</summary>
    public const string Name = "watched";

    // Slots of the two tables, in pointers.
    private const int LayerSlots = 21, LayerNext = 2, LayerName = 3, LayerOpen = 5, LayerDelete = 6;
    private const int FileSlots = 19, FileClose = 1, FileWrite = 3, FileTruncate = 4, FileFlush = 5;

    private const int InputOutputError = 10;

    private static readonly ConcurrentDictionary<string, FileEvents> Watchers = new();
    private static readonly ConcurrentDictionary<nint, OpenFile> Open = new();
    private static readonly ConcurrentDictionary<nint, nint> Tables = new();
    private static readonly nint* Original = Register();

    /// <summary>From now on somebody is told of what happens in a folder, in files that are opened from now on.</summary>
    public static void Watch(string folder, FileEvents events)
    {
        RuntimeHelpers.RunClassConstructor(typeof(FileLayer).TypeHandle);
        Watchers[folder] = events;
    }

    private static nint* Register()
    {
        SQLitePCL.Batteries_V2.Init();
        var original = Find(null);
        var layer = Copy(original, LayerSlots);
        layer[LayerNext] = 0;
        layer[LayerName] = Marshal.StringToCoTaskMemUTF8(Name);
        layer[LayerOpen] = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, nint*, int, int*, int>)&OpenOne;
        layer[LayerDelete] = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, int>)&Delete;
        return Register(layer, isDefault: 0) == 0 ? original : throw new InvalidOperationException("SQLite did not take the layer.");
    }

    private static nint* Copy(nint* table, int slots)
    {
        var copy = (nint*)NativeMemory.Alloc((nuint)slots, (nuint)sizeof(nint));
        new ReadOnlySpan<nint>(table, slots).CopyTo(new Span<nint>(copy, slots));
        return copy;
    }

    private static nint MethodsLike(nint original) => Tables.GetOrAdd(original, static original =>
    {
        var methods = Copy((nint*)original, FileSlots);
        methods[FileClose] = (nint)(delegate* unmanaged[Cdecl]<nint, int>)&Close;
        methods[FileWrite] = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)&Write;
        methods[FileTruncate] = (nint)(delegate* unmanaged[Cdecl]<nint, long, int>)&Truncate;
        methods[FileFlush] = (nint)(delegate* unmanaged[Cdecl]<nint, int, int>)&Flush;
        return (nint)methods;
    });

    private static FileEvents? WatcherOf(string path) => Watchers.GetValueOrDefault(Path.GetDirectoryName(path)!);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OpenOne(nint layer, byte* name, nint* file, int flags, int* outFlags)
    {
        var code = ((delegate* unmanaged[Cdecl]<nint, byte*, nint*, int, int*, int>)Original[LayerOpen])((nint)Original, name, file, flags, outFlags);
        if (code == 0 && name is not null && Marshal.PtrToStringUTF8((nint)name) is { } path && WatcherOf(path) is { } watcher)
        {
            // A file begins with the address of its methods; the rest of it is the original layer's own.
            Open[(nint)file] = new OpenFile(path, watcher, file[0]);
            file[0] = MethodsLike(file[0]);
        }

        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(nint layer, byte* name, int flushesFolder)
    {
        var path = Marshal.PtrToStringUTF8((nint)name)!;
        var watcher = WatcherOf(path);
        return Do(watcher, () => watcher?.Deleting(path) ?? 0, () => ((delegate* unmanaged[Cdecl]<nint, byte*, int, int>)Original[LayerDelete])((nint)Original, name, flushesFolder));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint file)
    {
        Open.TryRemove(file, out var open);
        return ((delegate* unmanaged[Cdecl]<nint, int>)open!.Method(FileClose))(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* content, int size, long offset)
    {
        var open = Open[file];
        return Do(
            open.Watcher,
            () => open.Watcher.Writing(open.Path, offset, new ReadOnlySpan<byte>(content, size)),
            () => ((delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)open.Method(FileWrite))(file, content, size, offset));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long size)
    {
        var open = Open[file];
        return Do(open.Watcher, () => open.Watcher.Truncating(open.Path, size), () => ((delegate* unmanaged[Cdecl]<nint, long, int>)open.Method(FileTruncate))(file, size));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Flush(nint file, int flags)
    {
        var open = Open[file];
        return Do(open.Watcher, () => open.Watcher.Flushing(open.Path), () => ((delegate* unmanaged[Cdecl]<nint, int, int>)open.Method(FileFlush))(file, flags));
    }

    private static int Do(FileEvents? watcher, Func<int> announce, Func<int> operation)
    {
        try
        {
            var code = announce();
            if (code == 0)
            {
                code = operation();
                watcher?.Happened();
            }

            return code;
        }
        catch (Exception e)
        {
            // Nothing may be thrown through SQLite.
            Console.Error.WriteLine(e);
            return InputOutputError;
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint* Find(string? name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    private static partial int Register(nint* layer, int isDefault);

    private sealed record OpenFile(string Path, FileEvents Watcher, nint Methods)
    {
        public nint Method(int slot) => ((nint*)Methods)[slot];
    }
}
