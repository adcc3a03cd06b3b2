using System.ComponentModel;
using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>A program that leads a session of its own, with the parent's ends of the pipes to it. For one thread.</summary>
/// <remarks>
/// It is started by posix_spawn(3), and so by execve(2): what the kernel cannot execute is an error (ENOEXEC), where execvp(3), which
/// <c>setsid</c> and <c>env</c> use, hands the file to <c>/bin/sh</c>. Nothing of this process is copied for it, so that it costs a fraction
/// of <see cref="System.Diagnostics.Process"/>, which must not be used beside it: that would wait for our children, too.
/// </remarks>
internal sealed unsafe class ChildProcess : IDisposable
{
    private const int StandardInput = 0, StandardOutput = 1, StandardError = 2;

    // More than posix_spawnattr_t (336), posix_spawn_file_actions_t (80), sigset_t and siginfo_t (128) take in any libc.
    private const int AttributesBytes = 512, FileActionsBytes = 256, SignalsBytes = 256, SignalInfoBytes = 256;

    private const int ExitShift = 8, SignalMask = 0x7F, SignalBase = 128;

    private static readonly byte* Attributes = NewAttributes();

    // Where there is no pidfd_open(2), before Linux 5.3 and in some sandboxes, the end is looked for at this interval.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    // A descriptor that can be read from when the process has ended; -1 for none.
    private int _ended;

    private ChildProcess(int id, ParentEnd input, ParentEnd output, ParentEnd errors)
    {
        (Id, Input, Output, Errors) = (id, input, output, errors);
        _ended = (int)NativeMethods.SystemCall(NativeMethods.OpenProcessDescriptor, id, 0);
    }

    /// <summary>Its process id, and that of its process group and session.</summary>
    public int Id { get; }

    /// <summary>What it reads; closed where it reads from nothing.</summary>
    public ParentEnd Input { get; }

    /// <summary>What it prints; closed where that goes to where ours goes.</summary>
    public ParentEnd Output { get; }

    /// <summary>What it writes to standard error; closed where that goes to where ours goes.</summary>
    public ParentEnd Errors { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="path">Its path. It is not looked for in PATH.</param>
    /// <param name="arguments">Its arguments, the name of the program first.</param>
    /// <param name="environment">All of its variables, as <c>NAME=value</c>.</param>
    /// <param name="writes">Whether something will be written to it; otherwise it reads from <c>/dev/null</c>, as we do.</param>
    /// <param name="reads">Whether what it prints will be read; otherwise it prints to where we do.</param>
    /// <exception cref="Win32Exception">It cannot be started; the number of the error says why.</exception>
    public static ChildProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, bool writes, bool reads)
    {
        Span<int> ends = [-1, -1, -1, -1, -1, -1];
        try
        {
            for (var stream = StandardInput; stream <= StandardError; stream++)
            {
                if (stream == StandardInput ? writes : reads)
                {
                    OpenPipe(ends[(2 * stream)..]);
                }
            }

            // The parent must not wait in a write for a program that waits to be read from.
            if (writes && NativeMethods.FileControl(ends[1], NativeMethods.SetFlags, NativeMethods.NonBlocking) < 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            var id = Spawn(path, arguments, environment, childEnds: [ends[0], ends[3], ends[5]]);
            var child = new ChildProcess(id, new ParentEnd(ends[1]), new ParentEnd(ends[2]), new ParentEnd(ends[4]));
            (ends[1], ends[2], ends[4]) = (-1, -1, -1);
            return child;
        }
        finally
        {
            foreach (var end in ends)
            {
                Close(end);
            }
        }
    }

    /// <summary>Waits until a pipe can be used, the process has ended, or time is over.</summary>
    /// <param name="waitsForEnd">Whether the end of the process is waited for; it may be over already.</param>
    /// <param name="timeout">How long at most; <see langword="null"/> for ever.</param>
    /// <returns>What can be read, written, and whether the process has ended, see <see cref="Reap"/>.</returns>
    public (bool Input, bool Output, bool Errors, bool Ended) Wait(bool waitsForEnd, TimeSpan? timeout)
    {
        if (waitsForEnd && _ended < 0)
        {
            timeout = LookInterval;
        }

        var entries = stackalloc NativeMethods.PollEntry[4];
        entries[0] = new() { Descriptor = Input.Descriptor, Wanted = NativeMethods.PollOut };
        entries[1] = new() { Descriptor = Output.Descriptor, Wanted = NativeMethods.PollIn };
        entries[2] = new() { Descriptor = Errors.Descriptor, Wanted = NativeMethods.PollIn };
        entries[3] = new() { Descriptor = waitsForEnd ? _ended : -1, Wanted = NativeMethods.PollIn };
        if (NativeMethods.Poll(entries, 4, timeout is { } most ? (int)Math.Ceiling(most.TotalMilliseconds) : -1) < 0)
        {
            // A signal: the runtime stops threads by them.
            return default;
        }

        // Anything that is seen, errors too, is found out by reading and writing.
        return (entries[0].Seen != 0, entries[1].Seen != 0, entries[2].Seen != 0, waitsForEnd && (_ended < 0 ? HasEnded() : entries[3].Seen != 0));
    }

    /// <summary>Takes the process away, once it has ended. Until then nothing else gets its id.</summary>
    /// <returns>Its exit code, or 128 plus the number of the signal that ended it.</returns>
    public int Reap()
    {
        int status;
        while (NativeMethods.WaitPid(Id, &status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted)
            {
                throw new Win32Exception(error, $"process {Id} cannot be waited for: {Errno.Text(error)}");
            }
        }

        Close(_ended);
        _ended = -1;
        return (status & SignalMask) is var signal && signal != 0 ? SignalBase + signal : (status >> ExitShift) & 0xFF;
    }

    /// <summary>Closes the pipes. The process may go on.</summary>
    public void Dispose()
    {
        Input.Close();
        Output.Close();
        Errors.Close();
        Close(_ended);
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = NativeMethods.Close(descriptor);
        }
    }

    private bool HasEnded()
    {
        var info = stackalloc byte[SignalInfoBytes];
        new Span<byte>(info, SignalInfoBytes).Clear();

        // Its first field is SIGCHLD, and stays 0 while there is nothing to tell.
        return NativeMethods.WaitId(NativeMethods.OneChild, (uint)Id, info, NativeMethods.WaitExited | NativeMethods.WaitNoHang | NativeMethods.WaitNoReap) == 0
            && *(int*)info != 0;
    }

    private static void OpenPipe(Span<int> ends)
    {
        fixed (int* pair = ends)
        {
            if (NativeMethods.Pipe(pair, NativeMethods.CloseOnExec) < 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }

    private static int Spawn(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ReadOnlySpan<int> childEnds)
    {
        using var nativePath = new NativeStrings([path]);
        using var nativeArguments = new NativeStrings(arguments);
        using var nativeEnvironment = new NativeStrings(environment);
        var actions = stackalloc byte[FileActionsBytes];
        Check(NativeMethods.InitializeFileActions(actions));
        try
        {
            for (var stream = StandardInput; stream <= StandardError; stream++)
            {
                if (childEnds[stream] >= 0)
                {
                    Check(NativeMethods.AddDuplicate(actions, childEnds[stream], stream));
                }
            }

            Check(NativeMethods.Spawn(out var id, nativePath.Pointers[0], actions, Attributes, nativeArguments.Pointers, nativeEnvironment.Pointers));
            return id;
        }
        finally
        {
            _ = NativeMethods.DestroyFileActions(actions);
        }
    }

    // A session of its own; no signal is blocked, handled or ignored, whatever the runtime does with SIGPIPE and others.
    private static byte* NewAttributes()
    {
        var attributes = (byte*)NativeMemory.AllocZeroed(AttributesBytes);
        var all = stackalloc byte[SignalsBytes];
        new Span<byte>(all, SignalsBytes).Fill(byte.MaxValue);
        Check(NativeMethods.InitializeAttributes(attributes));
        Check(NativeMethods.SetDefaultSignals(attributes, all));
        Check(NativeMethods.SetAttributeFlags(
            attributes, NativeMethods.SpawnSetSession | NativeMethods.SpawnSetSignalDefaults | NativeMethods.SpawnSetSignalMask));
        return attributes;
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }
}
