using TaskQueue.Web.Audit;

namespace TaskQueue.Web.Pages;

/// <summary>What is shown after something was done: what came of it, for each thing.</summary>
/// <param name="Entry">The entry of the audit log.</param>
internal sealed record DoneModel(AuditEntry Entry);
