using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Actions;

/// <summary>An action that a page offers, with what it concerns.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Id">The task.</param>
/// <param name="Type">The worker type.</param>
/// <param name="Host">The only host, or all.</param>
/// <param name="Group">The only group of the worker type, or all.</param>
/// <param name="Workers">How many workers are to run on each pool.</param>
internal sealed record ActionForm(ActionKind Kind, string? Id, string? Type, string? Host, string? Group, int? Workers)
{
    private static readonly FormOptions Small = new() { ValueCountLimit = 20, KeyLengthLimit = 100, ValueLengthLimit = 4096, MultipartBodyLengthLimit = 64 * 1024, BufferBodyLengthLimit = 64 * 1024 };

    /// <summary>Reads a small form.</summary>
    /// <exception cref="BadHttpRequestException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    public static async Task<IFormCollection> ReadFormAsync(HttpRequest request) => request.HasFormContentType
        ? await new FormFeature(request, Small).ReadFormAsync(request.HttpContext.RequestAborted)
        : throw Problems.Bad("Expected a form.", StatusCodes.Status415UnsupportedMediaType);

    /// <summary>Reads it.</summary>
    /// <param name="value">A value of a form or a query; <see langword="null"/> or empty where it is missing.</param>
    /// <exception cref="BadHttpRequestException">It is none.</exception>
    public static ActionForm Read(Func<string, string?> value)
    {
        var kind = ActionKind.All.FirstOrDefault(kind => kind.Name == value("do")) ?? throw Problems.Bad($"Parameter \"do\": expected {string.Join(", ", ActionKind.All.Select(kind => kind.Name))}.");
        var form = new ActionForm(kind, Text("id"), Text("type"), Text("host"), Text("group"), Number(Text("workers")));
        return (kind.NeedsId && form.Id is null) || (kind.NeedsType && form.Type is null) ? throw Problems.Bad($"Parameter \"{(kind.NeedsId ? "id" : "type")}\" is missing.") : form;

        string? Text(string name) => value(name) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Requires that a caller may do it.</summary>
    /// <exception cref="BadHttpRequestException">It may not.</exception>
    public void Require(Caller caller)
    {
        if (caller.Role < Kind.Least)
        {
            throw Problems.Bad(caller.TooLittle, StatusCodes.Status403Forbidden);
        }

        if (Type is not null)
        {
            caller.RequireType(Type);
        }
        else if (!Kind.NeedsId)
        {
            caller.RequireAllTypes();
        }
    }

    /// <summary>What the services are told.</summary>
    /// <exception cref="BadHttpRequestException">The number of workers is missing.</exception>
    public ControlRequest ToRequest()
    {
        var request = new ControlRequest(Kind.Name).With("type", Type);
        if (Kind.NeedsWorkers)
        {
            request = request.With("workers", Workers ?? throw Problems.Bad($"Parameter \"workers\" is missing: expected a number from 0 to {ControlCommands.MostWorkers}.")).With("group", Group);
        }

        return request.With("host", Host);
    }

    private static int? Number(string? text) => text is null
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ControlCommands.MostWorkers
            ? number
            : throw Problems.Bad($"Parameter \"workers\": expected a number from 0 to {ControlCommands.MostWorkers}.");
}

/// <summary>What can be done on pages.</summary>
/// <param name="Name">The command.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Least">The least role that may do it.</param>
internal sealed record ActionKind(string Name, string Title, WebRole Least)
{
    /// <summary>Deletes what waits for a worker type.</summary>
    public const string Purge = "purge";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<ActionKind> All =
    [
        new(ControlCommands.Cancel, "Cancel", WebRole.Operator) { NeedsId = true, Effect = "If it runs it is told to end. If it waits it is not started, wherever it shows up within a week." },
        new(ControlCommands.Pause, "Pause", WebRole.Operator) { NeedsType = true, Effect = "Pools take no more of its tasks, until it is resumed or they start anew. What runs goes on; what waits stays in its queue." },
        new(ControlCommands.Resume, "Resume", WebRole.Operator) { NeedsType = true, Effect = "Pools take its tasks again." },
        new(Purge, "Purge", WebRole.Admin) { NeedsType = true, Effect = "All tasks that wait in its queue are deleted, for good. What pools have already goes on." },
        new(ControlCommands.Scale, "Scale", WebRole.Admin) { NeedsType = true, NeedsWorkers = true, Effect = "Each pool that serves it runs that many workers, until its next reload. Workers that are too many finish what they run." },
        new(ControlCommands.Reload, "Reload", WebRole.Admin) { Effect = "Services read their configuration and plugins again. No task is lost; workers whose settings or plugins have changed are replaced when they are idle." },
    ];

    /// <summary>Whether it is done to a task.</summary>
    public bool NeedsId { get; init; }

    /// <summary>Whether it is done to a worker type.</summary>
    public bool NeedsType { get; init; }

    /// <summary>Whether it needs a number of workers.</summary>
    public bool NeedsWorkers { get; init; }

    /// <summary>What comes of it.</summary>
    public string Effect { get; init; } = "";
}
