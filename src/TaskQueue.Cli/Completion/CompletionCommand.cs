using System.CommandLine;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Completion;

/// <summary><c>taskqueue completion</c>: the script that teaches a shell to complete this command.</summary>
internal static class CompletionCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.MustBeOneOf([.. CompletionScripts.All.Keys]);
        var command = new DescribedCommand(
            "completion",
            "Print a script that completes commands, options, worker types, groups, queues, hosts and recent message ids in a shell, and describes them.",
            "source <(taskqueue completion bash)                                          # in ~/.bashrc",
            "taskqueue completion bash > /etc/bash_completion.d/taskqueue                 # for all users",
            "taskqueue completion zsh > \"${fpath[1]}/_taskqueue\"",
            "taskqueue completion fish > ~/.config/fish/completions/taskqueue.fish")
        {
            shell,
        };
        command.SetAction(async (parsed, _) =>
        {
            await surroundings.Out.WriteAsync(CompletionScripts.All[parsed.GetRequiredValue(shell)]);
            return ExitCodes.Ok;
        });
        return command;
    }
}
