using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using TaskQueue.MicroBench;

// In this process: a project that the tool generates would inherit our build's rules, which are not made for it.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithIterationTime(TimeInterval.FromMilliseconds(250)).WithIterationCount(10);
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithOptions(ConfigOptions.JoinSummary)
    .WithArtifactsPath(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "micro-benchmarks")));
var benchmarks = new BenchmarkSwitcher([typeof(FrameBenchmarks), typeof(RoutingBenchmarks), typeof(ConfigurationBenchmarks), typeof(HeaderBenchmarks)]);
string[] everything = ["--filter", "*"];
return benchmarks.Run(args.Length > 0 ? args : everything, config).Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
