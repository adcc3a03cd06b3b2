using TaskQueue.Configuration;
using TaskQueue.Web.History;

namespace TaskQueue.Web;

/// <summary>What <c>--check</c> tells.</summary>
internal static class WebPlan
{
    /// <summary>Prints where it would listen, and who might ask.</summary>
    /// <returns>Whether it could run.</returns>
    public static bool Print(TaskQueueConfiguration configuration, TextWriter output)
    {
        var web = configuration.Web;
        if (web.Listen is not { } address)
        {
            output.WriteLine($"Nothing: {WebService.NowhereToListen}");
            return false;
        }

        output.WriteLine($"Listens on {(web.CertFile is null ? "http" : "https")}://{address}{web.BasePath}; {Who(web)}.");
        if (configuration.Routes.Count > 0)
        {
            output.WriteLine($"Takes calls of functions at {web.BasePath}/dispatch: {string.Join(", ", configuration.Routes.Keys.Order(StringComparer.Ordinal))}.");
        }

        output.WriteLine(configuration.History.Enabled
            ? $"Keeps the history in {Path.Combine(configuration.HistoryDir, HistoryStore.FileName)}: {ConfigurationText.Of(configuration.History.Keep)}, at most {configuration.History.MaxSizeBytes / 1024 / 1024} MiB."
            : TaskHistory.Off);
        foreach (var target in configuration.Notifications)
        {
            output.WriteLine($"Tells [notify:{target.Name}] of {string.Join(", ", target.Kinds.Select(ConfigurationText.Of))}: {target.Target}.");
        }

        return true;
    }

    private static string Who(WebOptions web) => web.TokensFile is null
        ? "whoever can connect from this host may do everything"
        : $"{web.TokensFile} says who may do what";
}
