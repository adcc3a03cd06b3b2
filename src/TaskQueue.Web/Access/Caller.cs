using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Access;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The name, for logs and for those who are asked.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Types">The worker types that it may do that with.</param>
internal sealed record Caller(string Name, WebRole Role, IReadOnlySet<string>? Types)
{
    private const string Key = "TaskQueue.Web.Caller";

    /// <summary>Whoever is on this host, where nobody has to say who it is.</summary>
    public static Caller Local { get; } = new("local", WebRole.Admin, Types: null);

    /// <summary>As the framework wants it.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity([new Claim(ClaimTypes.Name, Name)], CallerAuthentication.SchemeName));

    /// <summary>Notes who makes a request.</summary>
    public void NoteIn(HttpContext context) => context.Items[Key] = this;

    /// <summary>Who makes a request, if that is known.</summary>
    public static Caller? In(HttpContext context) => context.Items[Key] as Caller;

    /// <summary>Who makes a request that only known ones may make.</summary>
    public static Caller Of(HttpContext context) => In(context) ?? throw new InvalidOperationException("The request has no caller, though its path asks for one.");

    /// <summary>Whether it may do something with a worker type.</summary>
    public bool MayUse(string workerType) => Types is null || Types.Contains(workerType);

    /// <summary>What its worker types are, as a text that is the same for all who may see the same.</summary>
    public string TypesText => Types is null ? "*" : string.Join(',', Types.Order(StringComparer.Ordinal));

    /// <summary>Why it is refused what needs a higher role.</summary>
    public string TooLittle => $"\"{Name}\" is {Role.ToString().ToLowerInvariant()}, which is too little for this.";

    /// <summary>Of the problems of a service those that it may see.</summary>
    public IEnumerable<ServiceProblem> ProblemsOf(ServiceReport report) => report.AllProblems().Where(problem => problem.WorkerType is null || MayUse(problem.WorkerType));

    /// <summary>Requires that it may do something with a worker type.</summary>
    /// <exception cref="BadHttpRequestException">It may not.</exception>
    public void RequireType(string workerType)
    {
        if (!MayUse(workerType))
        {
            throw Problems.Bad($"The token of \"{Name}\" is not for worker type \"{workerType}\"; it is for {string.Join(", ", Types!.Order(StringComparer.Ordinal))}.", StatusCodes.Status403Forbidden);
        }
    }

    /// <summary>Requires that it is not limited to worker types, for what concerns all.</summary>
    /// <exception cref="BadHttpRequestException">It is.</exception>
    public void RequireAllTypes()
    {
        if (Types is not null)
        {
            throw Problems.Bad($"The token of \"{Name}\" is for some worker types; this concerns all of them.", StatusCodes.Status403Forbidden);
        }
    }
}
