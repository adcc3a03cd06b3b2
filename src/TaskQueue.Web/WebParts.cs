using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Web.Access;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Doctor;
using TaskQueue.Web.History;
using TaskQueue.Web.Once;
using TaskQueue.Web.Services;

namespace TaskQueue.Web;

/// <summary>What requests are answered with.</summary>
/// <param name="Broker">The connection to the broker.</param>
/// <param name="Client">Enqueues tasks over it.</param>
/// <param name="Fleet">The running services.</param>
/// <param name="Aside">What was set aside.</param>
/// <param name="Doctor">Examines the system.</param>
/// <param name="Tokens">Who may ask, or <see langword="null"/> where this host may ask everything.</param>
/// <param name="Sessions">The browsers that have logged in.</param>
/// <param name="Once">The keys of requests that were done.</param>
/// <param name="Audit">Who did what.</param>
/// <param name="History">What became of tasks, or <see langword="null"/> where that is not kept.</param>
internal sealed record WebParts(
    IBroker Broker, TaskQueueClient Client, ServiceFleet Fleet, AsideDesk Aside, SystemDoctor Doctor, TokenFile? Tokens, SessionStore Sessions, OnceStore Once, AuditLog Audit, TaskHistory? History);
