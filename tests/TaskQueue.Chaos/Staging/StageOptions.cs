using System.Collections.ObjectModel;

namespace TaskQueue.Chaos.Staging;

/// <summary>How large a stage is, and what its configuration says besides the usual.</summary>
internal sealed record StageOptions
{
    public int Dispatchers { get; init; } = 2;

    public int Pools { get; init; } = 2;

    public int WorkersPerPool { get; init; } = 3;

    /// <summary>How many nodes the broker has.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Whether the services' clocks can be moved.</summary>
    public bool ShiftedClocks { get; init; }

    /// <summary>Lines of <c>rabbitmq.conf</c>, for a broker of one node.</summary>
    public string NodeConfig { get; init; } = "";

    /// <summary>Lines of <c>[taskqueue]</c>.</summary>
    public string ServiceConfig { get; init; } = "";

    /// <summary>Lines of the worker type's section.</summary>
    public string WorkerConfig { get; init; } = "";

    /// <summary>Sections of further worker types, by their names.</summary>
    public IReadOnlyDictionary<string, string> MoreTypes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
