using System.Text;
using System.Text.Json.Nodes;

namespace TaskQueue.Client;

/// <summary>The body of a task that is a call of a function: <c>{"function": NAME, "args": [...], "kwargs": {...}}</c>, <c>application/json</c>.
/// <c>[routes]</c> of the configuration says which worker type serves the function.</summary>
public static class FunctionBody
{
    /// <summary>Writes a call.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="args">Its arguments in their order. They become part of the body, not copied.</param>
    /// <param name="kwargs">Its arguments by name. They become part of the body, not copied.</param>
    /// <returns>The body, in UTF-8.</returns>
    /// <exception cref="InvalidOperationException">The arguments are part of other JSON.</exception>
    public static byte[] Write(string function, JsonArray? args = null, JsonObject? kwargs = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(function);
        return Encoding.UTF8.GetBytes(new JsonObject { ["function"] = function, ["args"] = args ?? [], ["kwargs"] = kwargs ?? [] }.ToJsonString());
    }
}
