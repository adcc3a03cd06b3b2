using System.CommandLine;

namespace TaskQueue.Cli.Help;

/// <summary>A command whose help shows how it is used.</summary>
/// <param name="name">The command.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Complete command lines, each with or without a comment behind a <c>#</c>.</param>
internal sealed class DescribedCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}
