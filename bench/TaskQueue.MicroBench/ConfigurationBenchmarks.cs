using BenchmarkDotNet.Attributes;
using TaskQueue.Configuration;

namespace TaskQueue.MicroBench;

/// <summary>What every start and every SIGHUP reads.</summary>
public class ConfigurationBenchmarks
{
    private readonly string _text = """
        [amqp]
        host = rabbit1, rabbit2
        user = taskqueue
        passwd = secret

        [taskqueue]
        shutdown_timeout = 20s

        """ + string.Concat(Enumerable.Range(1, 50).Select(number => $"""
        [worker{number}]
        workers = 3
        timeout = 10m
        max_attempts = 3
        release_delay = 30s
        quality = 85

        """));

    private readonly string _example = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config.ini.example"));

    [Benchmark]
    public TaskQueueConfiguration Example() => TaskQueueConfiguration.Parse(_example);

    [Benchmark]
    public TaskQueueConfiguration FiftyWorkerTypes() => TaskQueueConfiguration.Parse(_text);
}
