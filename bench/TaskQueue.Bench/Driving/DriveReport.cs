using TaskQueue.Bench.Measuring;

namespace TaskQueue.Bench.Driving;

/// <summary>What a driver found; it prints this as its last line.</summary>
/// <param name="Sent">How many messages it sent in all.</param>
/// <param name="Window">The stretch that counts.</param>
/// <param name="Milliseconds">How long each message took, when they went one at a time.</param>
internal sealed record DriveReport(long Sent, Window Window, IReadOnlyList<double> Milliseconds);
