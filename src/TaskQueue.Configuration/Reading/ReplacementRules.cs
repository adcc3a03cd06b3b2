using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between a configuration that is in force and one that is to replace it.</summary>
/// <remarks>An editor or a script that writes a file in place leaves it empty or cut short for a moment. That must not end what runs, nor send a
/// service to the broker on localhost, which is the default.</remarks>
internal static class ReplacementRules
{
    /// <exception cref="ConfigurationException">The new one lacks what nobody takes away on purpose.</exception>
    public static void Check(TaskQueueConfiguration running, TaskQueueConfiguration next)
    {
        var problems = new Problems();
        var file = Origin.OfFile(next.FileName);
        if (SetsAnything(running) && !SetsAnything(next))
        {
            problems.Add(file, "the file sets nothing any more, and seems to be written just now; reload when it is complete, or restart if that is meant.");
        }
        else if (NamesHost(running) && !NamesHost(next))
        {
            problems.Add(file, $"[{IniNames.Amqp}] {BrokerKeys.Host} was set and is not any more; if the default is meant, set {BrokerKeys.Host} = {BrokerKeys.DefaultHost}.");
        }

        problems.ThrowIfAny();
    }

    private static bool SetsAnything(TaskQueueConfiguration configuration) =>
        configuration.Document?.SettingFiles.Contains(configuration.FileName) == true;

    private static bool NamesHost(TaskQueueConfiguration configuration) =>
        configuration.Document?.Reserved(IniNames.Amqp).Find(BrokerKeys.Host) is not null;
}
