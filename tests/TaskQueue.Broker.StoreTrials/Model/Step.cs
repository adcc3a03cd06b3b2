using System.Runtime.InteropServices;

namespace TaskQueue.Broker.StoreTrials.Model;

/// <summary>One thing of a batch. What it means depends on what is there, so that any list of steps makes sense, and a shorter one too.</summary>
/// <param name="Choice">Which of those there are, or how large.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Step(StepKind Kind, int Choice);

internal enum StepKind
{
    DeclareExchange,
    DeleteExchange,
    DeclareQueue,
    DeleteQueue,
    Bind,
    Unbind,
    Add,
    Change,
    Remove,
    Purge,
}
