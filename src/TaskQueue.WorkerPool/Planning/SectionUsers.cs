using TaskQueue.Configuration;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Says as whom the workers of a section run, or why they do not.</summary>
/// <param name="host">This host.</param>
/// <param name="workerUser">As whom a root pool runs sections that do not say; <c>[taskqueue] worker_user</c>.</param>
internal sealed class SectionUsers(HostFacts host, string? workerUser)
{
    private const string NotStarted = "no worker is started for the section, those that run already go on";

    private readonly Dictionary<string, (UnixUser? User, string? Problem)> _accounts = new(StringComparer.Ordinal);
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
    /// <returns>Whether its workers can run.</returns>
    public bool TryFind(string section, WorkerGroupOptions options, out string name, out UnixUser? switchTo)
    {
        switchTo = null;
        name = options.User ?? (host.IsRoot ? workerUser : host.User) ?? "";
        if (name.Length == 0)
        {
            _unsaid.Add(section);
            return false;
        }

        if (name == host.User)
        {
            return true;
        }

        var key = options.User is null ? "[taskqueue] worker_user" : "user";
        var problem = Look(name, out switchTo);
        if (problem is null && !host.IsRoot)
        {
            problem = $"only a pool that runs as root can switch users, this one runs as \"{host.User}\"; {NotStarted}.";
        }

        if (problem is not null)
        {
            _problems.Add($"[{section}] {key} = \"{name}\": {problem}");
        }

        return problem is null;
    }

    // Once each: a directory of accounts may be slow, or silent.
    private string? Look(string name, out UnixUser? user)
    {
        if (!_accounts.TryGetValue(name, out var account))
        {
            try
            {
                account = host.FindUser(name) is { } found
                    ? (found, null)
                    : (null, $"this host has no such user; {NotStarted}. Create the user, or correct the name.");
            }
            catch (TimeoutException e)
            {
                account = (null, $"{e.Message}; {NotStarted}.");
            }

            _accounts.Add(name, account);
        }

        user = account.User;
        return account.Problem;
    }
}
