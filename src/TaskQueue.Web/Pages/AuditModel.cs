using TaskQueue.Web.Audit;

namespace TaskQueue.Web.Pages;

/// <summary>What the page of the audit log shows.</summary>
/// <param name="Query">What is wanted.</param>
/// <param name="Entries">The entries, the newest first.</param>
/// <param name="Next">Where older ones begin, if there may be some.</param>
internal sealed record AuditModel(AuditQuery Query, IReadOnlyList<AuditEntry> Entries, long? Next);
