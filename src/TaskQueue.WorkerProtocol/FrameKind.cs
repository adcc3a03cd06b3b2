namespace TaskQueue.WorkerProtocol;

/// <summary>The byte that begins a frame's content and tells what the rest is.</summary>
internal enum FrameKind : byte
{
    Configure = 1,
    Task = 2,
    Cancel = 3,
    Stop = 4,
    Recall = 5,
    Ready = 16,
    Unusable = 17,
    Result = 18,
    Progress = 19,
    Log = 20,
}
