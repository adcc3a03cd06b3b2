using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Control;

namespace TaskQueue.WorkerPool.Tests.Control;

public sealed class ScalingTests
{
    private static readonly TaskQueueConfiguration Configuration = TaskQueueConfiguration.Parse("[one]\nworkers = 2\n[single]\nworkers = a\n[many]\nworkers = a, b\n");

    [Theory]
    [InlineData("one", null, "one")]
    [InlineData("unknown", null, "unknown")]
    [InlineData("single", null, "single_a")]
    [InlineData("single", "A", "single_a")]
    [InlineData("many", "b", "many_b")]
    public void The_section_is_found(string type, string? group, string section) =>
        Assert.Equal(section, Scaling.SectionOf(Configuration.ForType(type), group));

    [Theory]
    [InlineData("many", null, "many has the groups a, b: say which one is meant")]
    [InlineData("many", "c", "many has no group c, but a, b")]
    [InlineData("one", "a", "one has no groups")]
    public void What_is_not_clear_is_refused(string type, string? group, string reason) =>
        Assert.Equal(reason, Assert.Throws<ControlRefusedException>(() => Scaling.SectionOf(Configuration.ForType(type), group)).Message);
}
