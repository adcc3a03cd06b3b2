using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class QueueRefusalTests
{
    [Theory]
    [InlineData((ushort)403, "403 ACCESS_REFUSED - access to queue 'a' in vhost '/' refused for user 'b'", "set_permissions")]
    [InlineData((ushort)405, "405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'a'", "exclusive queue of another connection")]
    [InlineData((ushort)406, "406 PRECONDITION_FAILED - cannot declare queue 'a': queue limit in vhost 'v' (5) is reached", "set_vhost_limits")]
    public void Says_what_a_person_can_do_about_it(ushort replyCode, string reason, string remedy) =>
        Assert.Contains(remedy, QueueRefusal.Remedy(replyCode, reason), StringComparison.Ordinal);

    [Fact]
    public void Says_nothing_where_it_knows_nothing() =>
        Assert.Empty(QueueRefusal.Remedy(406, "406 PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'a'"));
}
