using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether the programs of the commands that run on this host are there, and can be executed.</summary>
internal static class CommandCheck
{
    private const string Name = "commands";
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static IEnumerable<Finding> Run(TaskQueueConfiguration configuration)
    {
        var (checkedOnes, wrong) = (0, 0);
        foreach (var type in configuration.WorkerTypes.Where(type => type.Command is not null && configuration.Service.Runs(type.Name)))
        {
            checkedOnes++;
            foreach (var (problem, remedy) in type.Groups.SelectMany(group => Problems(type.Command!, group)).Distinct())
            {
                wrong++;
                yield return new Finding(Severity.Error, Name, $"{type.Location}: [{type.Name}] command: {problem}", remedy);
            }
        }

        if (checkedOnes > 0 && wrong == 0)
        {
            yield return new Finding(Severity.Ok, Name, $"the programs of {Quantity.Of(checkedOnes, "worker type")} are there");
        }
    }

    private static IEnumerable<(string Problem, string Remedy)> Problems(WorkerCommand command, WorkerGroupOptions options)
    {
        var files = command.ProgramFiles(options.SearchPath).ToList();
        if (files.Count == 0)
        {
            yield return ($"there is no {command.Arguments[0].Literal} in {options.SearchPath}", "Install it, or write its whole path.");
        }

        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                yield return (file == files[0] ? $"there is no file {file}" : $"there is no file {file}, which {files[0]} names as what runs it", "Install it, or correct the path.");
            }
            else if ((File.GetUnixFileMode(file) & Execute) == UnixFileMode.None)
            {
                yield return ($"nobody may execute {file}", $"chmod +x {file}");
            }
        }
    }
}
