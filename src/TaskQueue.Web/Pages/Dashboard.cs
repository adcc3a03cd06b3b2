using Microsoft.AspNetCore.Routing;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Actions;

namespace TaskQueue.Web.Pages;

/// <summary>The pages, put together.</summary>
internal static class Dashboard
{
    /// <summary>Adds them.</summary>
    /// <param name="app">Where.</param>
    /// <param name="parts">What they show.</param>
    /// <param name="actions">What they have done.</param>
    /// <param name="answers">Makes answers of them.</param>
    /// <param name="queues">Names the queues.</param>
    /// <param name="time">The clock.</param>
    /// <returns>They.</returns>
    public static IReadOnlyList<DashboardPage> Map(IEndpointRouteBuilder app, WebParts parts, OperatorActions actions, PageAnswers answers, QueueNames queues, TimeProvider time)
    {
        var fleet = new FleetView(parts.Fleet, parts.Broker, time);
        var activity = new ActivityView(parts.History, time);
        DashboardPage[] pages =
        [
            new OverviewPage(fleet, activity, parts.History, queues),
            new TasksPage(fleet, parts.History),
            new TaskPage(fleet, parts.History),
            new QueuesPage(fleet, activity, queues),
            new WorkersPage(fleet),
            .. AsideKind.All.Select(kind => new AsidePage(kind, parts.Aside, fleet)),
            new MessagePage(parts.Aside),
            new AsideActPage(parts.Aside),
            new DoctorPage(parts.Doctor),
            new AuditPage(parts.Audit),
            new ActPage(fleet, queues),
            new DonePage(parts.Audit),
        ];
        app.MapAssets();
        new PageEndpoints(pages, answers).Map(app);
        new ActionEndpoints(actions, answers).Map(app);
        return pages;
    }
}
