namespace TaskQueue.Amqp;

/// <summary>The reply codes of AMQP 0-9-1 (section 1.5.1), and those that RabbitMQ sends.</summary>
public enum ReplyCode : ushort
{
    /// <summary>In good order.</summary>
    Success = 200,

    /// <summary>A returned message that reached no queue.</summary>
    NoRoute = 312,

    /// <summary>An operator, or the server's end, closed the connection.</summary>
    ConnectionForced = 320,

    /// <summary>The virtual host is none.</summary>
    InvalidPath = 402,

    /// <summary>The user may not.</summary>
    AccessRefused = 403,

    /// <summary>There is no such thing.</summary>
    NotFound = 404,

    /// <summary>Somebody else has it for himself.</summary>
    ResourceLocked = 405,

    /// <summary>It is not so that this can be done.</summary>
    PreconditionFailed = 406,

    /// <summary>A frame that cannot be read.</summary>
    FrameError = 501,

    /// <summary>A field that has no such values.</summary>
    SyntaxError = 502,

    /// <summary>A method or an argument that nobody knows.</summary>
    CommandInvalid = 503,

    /// <summary>A channel that is not open, or is already.</summary>
    ChannelError = 504,

    /// <summary>A frame that has no place here.</summary>
    UnexpectedFrame = 505,

    /// <summary>The server has not enough of something.</summary>
    ResourceError = 506,

    /// <summary>Against the rules.</summary>
    NotAllowed = 530,

    /// <summary>The server does not do this.</summary>
    NotImplemented = 540,

    /// <summary>The server failed.</summary>
    InternalError = 541,
}

/// <summary>What reply codes mean.</summary>
public static class ReplyCodes
{
    /// <summary>Whether an error of this code ends the connection, and not only the channel.</summary>
    public static bool EndsConnection(this ReplyCode code) => code is >= ReplyCode.FrameError or ReplyCode.ConnectionForced or ReplyCode.InvalidPath;

    /// <summary>The name that stands in front of a reply text.</summary>
    public static string Name(this ReplyCode code) => code switch
    {
        ReplyCode.NoRoute => "NO_ROUTE",
        ReplyCode.ConnectionForced => "CONNECTION_FORCED",
        ReplyCode.InvalidPath => "INVALID_PATH",
        ReplyCode.AccessRefused => "ACCESS_REFUSED",
        ReplyCode.NotFound => "NOT_FOUND",
        ReplyCode.ResourceLocked => "RESOURCE_LOCKED",
        ReplyCode.PreconditionFailed => "PRECONDITION_FAILED",
        ReplyCode.FrameError => "FRAME_ERROR",
        ReplyCode.SyntaxError => "SYNTAX_ERROR",
        ReplyCode.CommandInvalid => "COMMAND_INVALID",
        ReplyCode.ChannelError => "CHANNEL_ERROR",
        ReplyCode.UnexpectedFrame => "UNEXPECTED_FRAME",
        ReplyCode.ResourceError => "RESOURCE_ERROR",
        ReplyCode.NotAllowed => "NOT_ALLOWED",
        ReplyCode.NotImplemented => "NOT_IMPLEMENTED",
        ReplyCode.InternalError => "INTERNAL_ERROR",
        _ => "OK",
    };
}
