using System.Text.RegularExpressions;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Abstractions.Tests.Workers;

public sealed partial class WorkerTypeNameTests
{
    [Fact]
    public void Follows_the_rule()
    {
        var names = Gen.Elements("aZ09._-é \n/".ToCharArray()).ListOf().Resize(140).Select(chars => string.Concat(chars));

        Prop.ForAll(names.ToArbitrary(), name => WorkerTypeName.IsValid(name) == Rule().IsMatch(name)).Holds();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    [InlineData(0, false)]
    public void Bounds_the_length(int length, bool isValid) => Assert.Equal(isValid, WorkerTypeName.IsValid(new string('a', length)));

    [Theory]
    [InlineData("resize.buried", false)]
    [InlineData("resize.Buried", false)]
    [InlineData("buried", true)]
    [InlineData("resize.buried.again", true)]
    public void No_type_has_the_queue_of_anothers_buried_tasks(string name, bool isValid) => Assert.Equal(isValid, WorkerTypeName.IsValid(name));

    [Theory]
    [InlineData("ResizeWorker", "resize")]
    [InlineData("ImageResizeWorker", "imageresize")]
    [InlineData("Resize", "resize")]
    [InlineData("Worker", "worker")]
    [InlineData("WorkerWorker", "worker")]
    [InlineData("Networker", "networker")]
    public void Comes_from_the_class_name(string className, string workerType) => Assert.Equal(workerType, WorkerTypeName.FromClassName(className));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();
}
