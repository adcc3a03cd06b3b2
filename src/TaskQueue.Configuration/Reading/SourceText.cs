namespace TaskQueue.Configuration.Reading;

/// <summary>One of the files that a configuration is read from.</summary>
/// <param name="FileName">Its name in messages.</param>
/// <param name="Text">What is in it.</param>
internal sealed record SourceText(string FileName, string Text);
