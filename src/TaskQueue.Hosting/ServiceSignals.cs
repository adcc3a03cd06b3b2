using System.Runtime.InteropServices;

namespace TaskQueue.Hosting;

/// <summary>What the operator asks of a running service by signals.</summary>
/// <remarks>The first SIGTERM or SIGINT asks it to stop, a second one to stop at once; SIGHUP asks it to reload.</remarks>
public sealed class ServiceSignals : IDisposable
{
    private readonly CancellationTokenSource _stopTaking = new();
    private readonly CancellationTokenSource _abortRunning = new();
    private readonly SemaphoreSlim _reloads = new(0);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly List<ServiceSignals> _parts = [];
    private readonly bool _stopsWithWhole = true;

    /// <summary>Begins to listen for the signals of this process.</summary>
    public ServiceSignals()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            Reload();
        }));
    }

    private ServiceSignals(bool stopsWithWhole) => _stopsWithWhole = stopsWithWhole;

    /// <summary>Fires with the first request to stop: take nothing new, finish what runs.</summary>
    public CancellationToken StopTaking => _stopTaking.Token;

    /// <summary>Fires with the second: give back what runs.</summary>
    public CancellationToken AbortRunning => _abortRunning.Token;

    /// <summary>The signals for one of several services in this process, each of which hears what is asked of the whole.</summary>
    /// <param name="stopsWithWhole">Whether it is asked to stop when the process is; if not, by <see cref="AskToStop"/> alone.</param>
    /// <returns>Its signals, which live as long as these.</returns>
    public ServiceSignals Part(bool stopsWithWhole = true)
    {
        var part = new ServiceSignals(stopsWithWhole);
        lock (_parts)
        {
            _parts.Add(part);
        }

        return part;
    }

    /// <summary>Asks to stop, as a signal does; asked again, to stop at once.</summary>
    public void AskToStop()
    {
        (_stopTaking.IsCancellationRequested ? _abortRunning : _stopTaking).Cancel();
        foreach (var part in Parts().Where(part => part._stopsWithWhole))
        {
            part.AskToStop();
        }
    }

    /// <summary>Waits for the next request to reload. Several that came meanwhile are one.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when a reload is asked for.</returns>
    public async Task WaitForReloadAsync(CancellationToken cancellationToken)
    {
        await _reloads.WaitAsync(cancellationToken);
        while (_reloads.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            // Another one that the same reload serves.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        foreach (var part in Parts())
        {
            part.Dispose();
        }

        _stopTaking.Dispose();
        _abortRunning.Dispose();
        _reloads.Dispose();
    }

    // The runtime would end the process by itself unless the signal is marked as handled.
    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        AskToStop();
    }

    private void Reload()
    {
        _reloads.Release();
        foreach (var part in Parts())
        {
            part.Reload();
        }
    }

    private ServiceSignals[] Parts()
    {
        lock (_parts)
        {
            return [.. _parts];
        }
    }
}
