using System.Text.Json.Nodes;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Control;

/// <summary>What a service does about a command.</summary>
/// <param name="Steers">Whether it changes anything, which <c>allow_control</c> can forbid.</param>
/// <param name="RunAsync">Does it, and makes the answer.</param>
public sealed record ControlCommand(bool Steers, Func<ControlRequest, CancellationToken, Task<ControlReply>> RunAsync)
{
    /// <summary>One that only looks.</summary>
    /// <param name="look">Looks.</param>
    /// <returns>The command.</returns>
    public static ControlCommand Looking(Func<ControlRequest, JsonNode?> look) =>
        new(Steers: false, (request, _) => Task.FromResult(new ControlReply(look(request))));

    /// <summary>One that only looks, where looking takes a while.</summary>
    /// <param name="look">Looks.</param>
    /// <returns>The command.</returns>
    public static ControlCommand Looking(Func<ControlRequest, CancellationToken, Task<JsonNode?>> look) =>
        new(Steers: false, async (request, cancellationToken) => new ControlReply(await look(request, cancellationToken)));

    /// <summary>One that changes something.</summary>
    /// <param name="steer">Does it.</param>
    /// <returns>The command.</returns>
    public static ControlCommand Steering(Func<ControlRequest, CancellationToken, Task<JsonNode?>> steer) =>
        new(Steers: true, async (request, cancellationToken) => new ControlReply(await steer(request, cancellationToken)));
}

/// <summary>An answer.</summary>
/// <param name="Result">What was asked for.</param>
public sealed record ControlReply(JsonNode? Result)
{
    /// <summary>What to do once the answer is at the broker, because it may end the connection.</summary>
    public Action? Afterwards { get; init; }
}
