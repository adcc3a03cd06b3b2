using System.CommandLine;

namespace TaskQueue.Cli;

/// <summary>Arguments that are names of worker types.</summary>
internal static class WorkerTypeArguments
{
    /// <summary>Has a command refuse what can be no worker type.</summary>
    public static void MustBeTypes(this Command command, Argument<string[]> types) => command.Validate(result =>
    {
        foreach (var type in (result.GetValue(types) ?? []).Where(type => !WorkerTypeName.IsValid(type)))
        {
            result.AddError($"TYPE \"{type}\": expected {WorkerTypeName.Rule}.");
        }
    });
}
