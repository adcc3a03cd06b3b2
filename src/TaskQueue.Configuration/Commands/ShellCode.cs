using System.Text.RegularExpressions;

namespace TaskQueue.Configuration.Commands;

/// <summary>Refuses commands that would run what a task says as the code of a shell or another interpreter.</summary>
/// <remarks>
/// <c>sh -c 'convert {field:name}'</c> is what anybody writes first, and what lets anybody who can send a task run anything. Behind
/// the code the same value is an argument like any other: <c>sh -c 'convert "$1"' sh {field:name}</c>.
/// </remarks>
internal static partial class ShellCode
{
    /// <exception cref="FormatException">A task would write code.</exception>
    public static void Check(WorkerCommand command)
    {
        var arguments = command.Arguments;
        for (var code = 2; code < arguments.Count; code++)
        {
            if (arguments[code].Parts.FirstOrDefault(part => part.Kind is CommandPartKind.MessageId or CommandPartKind.Field) is { } part
                && arguments[code - 1].Literal is { } option && CodeFollows().IsMatch(option)
                && arguments.Take(code - 1).Any(argument => argument.Literal is { } program && Interpreter().IsMatch(program)))
            {
                var placeholder = part.Kind == CommandPartKind.Field ? $"{{field:{part.Text}}}" : "{message_id}";
                throw new FormatException(
                    $"expected no {placeholder} in the code behind {option}: a task could run anything. Hand it over behind the code: /bin/sh -c 'prog \"$1\"' sh {placeholder}.");
            }
        }
    }

    [GeneratedRegex("^-[A-Za-z]*[ceEr]$|^--(eval|command|run|print)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex CodeFollows();

    [GeneratedRegex("(^|/)((ba|da|a|mk|k|z|fi|c|tc)?sh|busybox|python[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node|nodejs|php[0-9.]*|lua[0-9.]*|su|ssh)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Interpreter();
}
