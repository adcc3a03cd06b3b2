using TaskQueue.Web.Actions;

namespace TaskQueue.Web.Pages;

/// <summary>What is shown before something is done: what it concerns, and what comes of it.</summary>
/// <param name="Form">The action.</param>
/// <param name="Concerns">What it concerns now.</param>
/// <param name="Count">How many tasks or services that are, or <see langword="null"/> where nobody knows.</param>
internal sealed record ActModel(ActionForm Form, IReadOnlyList<(string Name, string Value)> Concerns, long? Count)
{
    /// <summary>The page to go back to, without the base of paths.</summary>
    public string Back => BackOf(Form.Kind.Name);

    /// <summary>The page that an action is of.</summary>
    public static string BackOf(string action) => action switch { "cancel" => "/tasks", "pause" or "resume" or "purge" => "/queues", "scale" or "reload" => "/workers", "kick" => "/buried", _ => "/" };
}
