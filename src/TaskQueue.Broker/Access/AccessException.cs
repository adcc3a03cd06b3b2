namespace TaskQueue.Broker.Access;

/// <summary>The users' file cannot be used, or not be changed like this; the message says where, why and what was expected.</summary>
public sealed class AccessException(string message, Exception? cause = null) : IOException(message, cause);
