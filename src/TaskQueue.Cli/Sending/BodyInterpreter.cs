using System.Text.Json.Nodes;
using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Sending;

/// <summary>Decides what kind of task a body is.</summary>
/// <param name="formats">Which content types are which workitems; as configured.</param>
internal sealed class BodyInterpreter(WorkItemFormats formats)
{
    private const string Json = "application/json", PlainText = "text/plain";

    /// <summary>Makes the task.</summary>
    /// <param name="workerType">Who shall do it.</param>
    /// <param name="body">The body, or <see langword="null"/> for none.</param>
    /// <param name="options">The message's options. Without a content type the body decides.</param>
    /// <returns>The task.</returns>
    /// <exception cref="CommandFailedException">The body is not what its content type says.</exception>
    public NewTask Interpret(string workerType, byte[]? body, EnqueueOptions options)
    {
        var contentType = options.ContentType ?? Guess(body);
        return formats.Find(contentType)?.WorkItemType switch
        {
            RuoteWorkItem.Type => new NewTask(workerType, Ruote(body, contentType, guessed: options.ContentType is null), options),
            BasicWorkItem.Type => new NewTask(workerType, new BasicWorkItem(workerType, Text(body ?? [], contentType), contentType), options),
            _ => new NewTask(workerType, body, options with { ContentType = contentType }),
        };
    }

    private static string Guess(byte[]? body)
    {
        if (body is null)
        {
            return Json;
        }

        // Texts have no NUL; many binary files that happen to be UTF-8 do.
        if (!BodyForm.TryText(body, out var text) || text.Contains('\0', StringComparison.Ordinal))
        {
            return RawWorkItem.Type;
        }

        return text.TrimStart('\uFEFF').TrimStart().StartsWith('{') ? Json : PlainText;
    }

    // An object that has "fields" is a workitem, complete; any other object is the fields of a new one.
    private static RuoteWorkItem Ruote(byte[]? body, string contentType, bool guessed)
    {
        if (body is null)
        {
            return new RuoteWorkItem([], contentType);
        }

        try
        {
            var root = ((RuoteWorkItem)new RuoteWorkItemFormat().Decode(body, contentType)).Root;
            var fields = root["fields"] as JsonObject;
            return (fields ?? root)["params"] is null or JsonObject
                ? new RuoteWorkItem(fields is null ? new JsonObject { ["fields"] = root } : root, contentType)
                : throw new CommandFailedException(
                    ExitCodes.BadBody, "body: \"params\" in the fields has to be a JSON object, because the worker type goes in there.");
        }
        catch (MalformedWorkItemException e)
        {
            var remedy = guessed
                ? "A body that begins with { is taken for JSON; --content-type text/plain sends it as text."
                : "Another --content-type sends it as it is.";
            throw new CommandFailedException(ExitCodes.BadBody, $"body as {contentType}: {Sentence.Whole(e.Message)} {remedy}", e);
        }
    }

    private static string Text(byte[] body, string contentType) =>
        BodyForm.TryText(body, out var text)
            ? text
            : throw new CommandFailedException(
                ExitCodes.BadBody, $"body as {contentType}: expected text in UTF-8. --content-type application/octet-stream sends any bytes.");
}
