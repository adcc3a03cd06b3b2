using Microsoft.AspNetCore.Http;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>Tasks of the past and of now, by what is looked for; all of that is in the address.</summary>
/// <param name="fleet">Knows the tasks of now.</param>
/// <param name="history">Knows those of the past, where it is kept.</param>
internal sealed class TasksPage(FleetView fleet, TaskHistory? history) : DashboardPage("/tasks")
{
    private const int MostNow = 50;

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var form = TaskSearch.Of(request);
        var running = fleet.RunningAsync(request.Stop);
        var model = new TasksModel(form)
        {
            Types = await fleet.TypesAsync(request.Caller, request.Stop),
        };
        try
        {
            model = await FindAsync(request, model, running);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status400BadRequest)
        {
            model = model with { Problem = e.Message };
        }

        return new PageContent("Tasks", typeof(TasksLive), model)
        {
            Head = typeof(TasksForm),
            Status = model.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,

            // What was looked up from a place on is the past, which does not change much.
            IsLive = request.Value("before") is null,
        };
    }

    private async Task<TasksModel> FindAsync(PageRequest request, TasksModel model, Task<IReadOnlyList<(ServiceIdentity Service, List<TaskReport> Tasks)>> running)
    {
        var query = HistoryQuery.Read(request.Http) with { Allowed = request.Caller.Types };
        if (query.Type is { } type)
        {
            request.Caller.RequireType(type);
        }

        if (!model.Form.IsNarrow && query.Before is null)
        {
            var now = (await running).SelectMany(answer => answer.Tasks.Select(task => (answer.Service.Host, Task: task)))
                .Where(found => request.Caller.MayUse(found.Task.WorkerType) && (query.Type is null || found.Task.WorkerType == query.Type))
                .OrderByDescending(found => found.Task.Running).ThenByDescending(found => found.Task.Milliseconds).ToList();
            model = model with { Now = [.. now.Take(MostNow)], NowCount = now.Count };
        }

        if (history is null)
        {
            return model;
        }

        var page = await history.Reader.FindAsync(query, request.Stop);
        var newest = query.To ?? query.Before?.At + 1 ?? long.MaxValue;
        var oldest = page.Next?.At ?? query.From ?? (page.Tasks.Count > 0 ? page.Tasks[^1].At : 0);
        return model with { Found = page, Lacks = CoverageText.Of(await history.Reader.CoverageAsync(oldest, newest, request.Stop), history.Trouble) };
    }
}
