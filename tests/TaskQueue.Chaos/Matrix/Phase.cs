namespace TaskQueue.Chaos.Matrix;

/// <summary>How far tasks have come when it happens.</summary>
internal enum Phase
{
    /// <summary>The broker has sent them on their way to their pool, or to their dispatcher; they have not arrived.</summary>
    BeforeHandOff,

    /// <summary>Workers run them; dispatchers have them, and nothing of that has got to the broker.</summary>
    WhileRunning,

    /// <summary>Workers are done with them, and the broker has not got the results.</summary>
    AfterRun,

    /// <summary>The broker has what they turned into; its confirm has not arrived, so they are not acknowledged.</summary>
    BetweenPublishAndAck,
}
