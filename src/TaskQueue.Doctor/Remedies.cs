namespace TaskQueue.Doctor;

/// <summary>Commands that findings advise.</summary>
internal static class Remedies
{
    /// <summary>The command that changes what a user of the broker may do, without its arguments.</summary>
    public static string Granting(bool isEmbedded) => isEmbedded ? "taskqueue broker user permit" : "rabbitmqctl set_permissions";
}
