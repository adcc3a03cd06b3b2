namespace TaskQueue.Broker.Administration;

/// <summary>What a broker is asked for.</summary>
/// <param name="Backup">The absolute path of the copy to make.</param>
internal sealed record AdministrationRequest(string? Backup);

/// <summary>What it answers.</summary>
/// <param name="Error">Why it was not done; null when it was.</param>
internal sealed record AdministrationAnswer(string? Error);
