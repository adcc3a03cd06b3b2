namespace TaskQueue.Web.Notifications;

/// <summary>A way to tell somebody.</summary>
internal interface INotificationWay
{
    /// <summary>Tells.</summary>
    /// <param name="id">The id of the notification; a repetition has the same.</param>
    /// <param name="json">The notification.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it was not taken, or <see langword="null"/> when it was.</returns>
    Task<string?> TellAsync(string id, byte[] json, CancellationToken cancellationToken);
}
