using TaskQueue.Configuration;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Says as whom the workers of a section run, or why they do not.</summary>
/// <param name="host">This host.</param>
/// <param name="workerUser">As whom a root pool runs sections that do not say; <c>[taskqueue] worker_user</c>.</param>
internal sealed class SectionUsers(PlanFacts host, string? workerUser)
{
    private const string NotStarted = "no worker is started for the section, those that run already go on";

    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly List<string> _unsaid = [];

    /// <summary>One line for each section that cannot run as asked, and one for all that do not say as whom.</summary>
    public IEnumerable<string> Problems => _unsaid.Count == 0
        ? _problems
        : [.. _problems, $"{string.Join(", ", _unsaid.Select(section => $"[{section}]"))}: nothing says as whom to run, and this pool runs as root; no worker is started for that, those that run already go on. Set worker_user in [taskqueue], or user in the section (user = root for root)."];

    /// <summary>Finds the user of a section.</summary>
    /// <param name="section">Its name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="name">The user.</param>
    /// <param name="switchTo">The account to become, or <see langword="null"/> to stay what the pool is.</param>
    /// <returns>Why its workers cannot run, or <see langword="null"/> when they can.</returns>
    public string? Refuses(string section, WorkerGroupOptions options, out string name, out UnixUser? switchTo)
    {
        switchTo = null;
        name = options.User ?? (host.IsRoot ? workerUser : host.User) ?? "";
        if (name.Length == 0)
        {
            _unsaid.Add(section);
            return "nothing says as whom to run, and the pool runs as root: set worker_user in [taskqueue], or user in the section";
        }

        if (name == host.User)
        {
            return null;
        }

        var key = options.User is null ? "[taskqueue] worker_user" : "user";
        var (account, problem, remedy) = Look(name);
        if (problem is null && !host.IsRoot)
        {
            problem = $"only a pool that runs as root can switch users, this one runs as \"{host.User}\"";
        }

        switchTo = account;
        if (problem is null)
        {
            return null;
        }

        var reason = $"{key} = \"{name}\": {problem}";
        _problems.Add($"[{section}] {reason}; {NotStarted}.{remedy}");
        return reason;
    }

    // Once each: a directory of accounts may be slow, or silent.
    private Account Look(string name)
    {
        if (!_accounts.TryGetValue(name, out var account))
        {
            try
            {
                account = host.FindUser(name) is { } found
                    ? new Account(found, Problem: null, Remedy: "")
                    : new Account(User: null, "this host has no such user", " Create the user, or correct the name.");
            }
            catch (TimeoutException e)
            {
                account = new Account(User: null, e.Message, Remedy: "");
            }

            _accounts.Add(name, account);
        }

        return account;
    }

    private readonly record struct Account(UnixUser? User, string? Problem, string Remedy);
}
