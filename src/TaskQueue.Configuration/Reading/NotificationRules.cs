using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between the keys of a <c>[notify:NAME]</c>.</summary>
internal static class NotificationRules
{
    /// <summary>Checks that it says one place to tell.</summary>
    public static void Check(Section section, NotificationOptions options, Problems problems)
    {
        // A key that is there and wrong is told of already.
        var hasUrl = section.Find(NotificationKeys.Url) is not null;
        if (hasUrl == (section.Find(NotificationKeys.Command) is not null))
        {
            problems.Add(section.Origin, $"[{section.Name}]: expected either {NotificationKeys.Url} or {NotificationKeys.Command}.");
        }
        else if (!hasUrl && options.SecretFile is not null)
        {
            problems.Add(section, NotificationKeys.SecretFile, $"only what is sent to a {NotificationKeys.Url} is signed.");
        }
    }
}
