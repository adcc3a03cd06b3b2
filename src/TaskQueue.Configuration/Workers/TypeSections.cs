using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Workers;

/// <summary>The sections of a worker type.</summary>
/// <param name="Name">The worker type.</param>
/// <param name="Section">Its own section.</param>
/// <param name="Groups">Its groups in the order of their names; empty for a type without groups.</param>
internal sealed record TypeSections(string Name, Section Section, IReadOnlyList<GroupSection> Groups);

/// <summary>A group of a worker type.</summary>
/// <param name="Name">Its name within the type.</param>
/// <param name="Section">Its section, or <see langword="null"/> when it has none and is like its type.</param>
internal sealed record GroupSection(string Name, Section? Section);
