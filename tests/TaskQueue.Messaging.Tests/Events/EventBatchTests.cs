using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Messaging.Tests.Events;

public sealed class EventBatchTests
{
    private static readonly Gen<string> Text = Gen.Choose(0, char.MaxValue).Where(c => !char.IsSurrogate((char)c)).Select(c => (char)c).ArrayOf().Select(chars => new string(chars));

    private static readonly Gen<TaskEvent> Event =
        from kind in Gen.Elements(TaskEventKinds.Started, TaskEventKinds.Ended, TaskEventKinds.Retried)
        from at in Gen.Choose(0, int.MaxValue)
        from id in Text.Where(text => text.Length is > 0 and < 255 && !text.Contains('\0', StringComparison.Ordinal))
        from error in Text
        from number in Gen.Choose(int.MinValue, int.MaxValue)
        from share in Gen.Choose(0, 1000)
        select new TaskEvent(kind, at) { Id = id, Error = error, Attempt = number, Fraction = share / 1000d, PeakBytes = (long)number << 20, Until = share == 0 ? null : at, Run = new Dictionary<int, long> { [share % 64] = share } };

    [Fact]
    public void What_is_written_is_read() => Prop.ForAll(
        Gen.Zip(Event.ListOf(), Gen.Choose(1, int.MaxValue)).ToArbitrary(),
        given =>
        {
            var batch = new EventBatch("source", given.Item2) { Service = "workerpool", Host = "host1", Pid = 7, Started = 1, Sent = 2, Share = 0.5, Lost = 3, QuietSince = 4, Ends = true, Events = [.. given.Item1] };

            var read = EventBatch.Read(batch.ToBody().Span);

            Assert.Equal(batch with { Events = [] }, read! with { Events = [] });
            Assert.Equal(batch.Events.Select(told => told with { Run = null }), read.Events.Select(told => told with { Run = null }));
            Assert.Equal(batch.Events.SelectMany(told => told.Run!), read.Events.SelectMany(told => told.Run!));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_comes_is_a_batch_or_none() => Prop.ForAll(
        Gen.Zip(Gen.Choose(0, 400), Gen.Choose(0, 255)).ArrayOf().ToArbitrary(),
        changes =>
        {
            var body = new EventBatch("s", 1) { Service = "x", Host = "h", Events = [new TaskEvent(TaskEventKinds.Ended, 1) { Id = "a", Error = "e", Counts = new Dictionary<string, long> { ["x"] = 1 } }] }.ToBody().ToArray();
            foreach (var (place, value) in changes)
            {
                body[place % body.Length] = (byte)value;
            }

            EventBatch.Read(body);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Errors_are_bounded_without_half_a_character()
    {
        var text = TaskEvent.Bounded(new string('x', TaskEvent.LongestError - 1) + "\U0001F600")!;

        Assert.Equal(TaskEvent.LongestError - 1, text.Length);
        Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
        Assert.Null(TaskEvent.Bounded(null));
    }
}
