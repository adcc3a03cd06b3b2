using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Control;

/// <summary>How the latest reload of a service went, for whoever asks later. May be used from several threads.</summary>
public sealed class ReloadState
{
    private volatile string? _refusal;
    private volatile bool _isUnderWay;

    /// <summary>Whether it is decided.</summary>
    public bool IsOver => !_isUnderWay;

    /// <summary>What there is to mend.</summary>
    public IEnumerable<ServiceProblem> Problems => _refusal is { } reason ? [new ServiceProblem(ServiceProblem.NotReloaded, reason)] : [];

    /// <summary>A configuration is being tried.</summary>
    public void Begun() => _isUnderWay = true;

    /// <summary>The configuration is in force.</summary>
    public void Done()
    {
        _refusal = null;
        _isUnderWay = false;
    }

    /// <summary>The configuration is not used.</summary>
    /// <param name="reason">Why.</param>
    public void Refused(string reason)
    {
        _refusal = reason;
        _isUnderWay = false;
    }
}
