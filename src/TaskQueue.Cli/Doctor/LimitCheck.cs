using System.Globalization;
using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Files;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether workers get the limits and the folder that their sections ask for, and the programs that start them exist.</summary>
internal static class LimitCheck
{
    private const string Name = "limits";

    private static readonly string[] Programs = ["/usr/bin/setsid", "/usr/bin/setpriv", "/usr/bin/prlimit", "/usr/bin/nice", "/usr/bin/env", "/usr/bin/getent", "/bin/sh"];

    public static IEnumerable<Finding> Run(TaskQueueConfiguration configuration, PluginCatalog catalog, HostFacts host)
    {
        foreach (var program in Programs.Where(program => !File.Exists(program)))
        {
            yield return new Finding(Severity.Error, Name, $"{program} is missing; a pool starts workers through it", "apt install util-linux coreutils libc-bin dash");
        }

        var sections = Sections.Of(configuration, catalog).ToList();
        foreach (var (section, _, options) in sections)
        {
            foreach (var finding in OfSection(section, options, host))
            {
                yield return finding;
            }
        }

        var (promised, total) = (sections.Sum(section => (double)(section.Options.LimitMemoryBytes ?? 0) * section.Options.Workers), MemoryOfHost());
        if (total is { } bytes && promised > bytes)
        {
            yield return new Finding(
                Severity.Warning,
                Name,
                $"all workers together may use {Gibi(promised)} GiB by their limit_memory, this host has {Gibi(bytes)} GiB",
                "Lower limit_memory or workers: the kernel kills processes when memory runs out, and their tasks are tried again.");
        }
    }

    private static IEnumerable<Finding> OfSection(string section, WorkerGroupOptions options, HostFacts host)
    {
        if (options.WorkingDir is { } folder && !Directory.Exists(folder))
        {
            yield return new Finding(Severity.Error, Name, $"[{section}] working_dir = \"{folder}\" does not exist; no worker of it starts", $"mkdir {folder}, or correct the path.");
        }

        if (options.LimitNoFile is { } files && LimitOfFiles(host) is { } most && files > most)
        {
            yield return new Finding(
                host.IsRoot ? Severity.Error : Severity.Note,
                Name,
                $"[{section}] limit_nofile = {files}: {(host.IsRoot ? "the kernel" : $"\"{host.User}\"")} may have {most} files open at most",
                host.IsRoot ? "Lower it, or raise fs.nr_open (sysctl)." : "Run the pool as root, raise LimitNOFILE of its unit, or lower it.");
        }

        if (options.Nice < 0 && !host.IsRoot)
        {
            yield return new Finding(Severity.Note, Name, $"[{section}] nice = {options.Nice}: only root can lower it below 0", "Run the pool as root, and this check as the user of the pool.");
        }
    }

    private static long? LimitOfFiles(HostFacts host)
    {
        var (file, prefix) = host.IsRoot ? ("/proc/sys/fs/nr_open", "") : ("/proc/self/limits", "Max open files");
        var line = KernelFile.Lines(file).FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal));

        // "Max open files            1024                 1048576              files": soft and hard limit, proc(5)
        return line is not null && long.TryParse(line[prefix.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(host.IsRoot ? 0 : 1), out var limit)
            ? limit
            : null;
    }

    // Some containers have no such files; then nobody can tell.
    private static double? MemoryOfHost() => KernelFile.Bytes("/proc/meminfo", "MemTotal");

    private static string Gibi(double bytes) => (bytes / (1024 * 1024 * 1024)).ToString("0.#", CultureInfo.InvariantCulture);
}
