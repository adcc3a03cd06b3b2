namespace TaskQueue;

/// <summary>Names the worker type that a class serves, where the class name does not.</summary>
/// <param name="name">1 to 128 letters, digits, <c>.</c>, <c>_</c> or <c>-</c>; the first is a letter or a digit.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class WorkerTypeAttribute(string name) : Attribute
{
    /// <summary>The worker type.</summary>
    public string Name { get; } = name;
}
