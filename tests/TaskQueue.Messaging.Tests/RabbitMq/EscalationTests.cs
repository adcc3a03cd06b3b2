using TaskQueue.Messaging.RabbitMq.Progress;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class EscalationTests
{
    private readonly Escalation _escalation = new();

    [Fact]
    public void Does_nothing_about_one_look_without_progress()
    {
        Assert.Equal(Remedy.None, _escalation.Next(progress: false));
        Assert.Equal(Remedy.None, _escalation.Next(progress: true));
        Assert.Equal(Remedy.None, _escalation.Next(progress: false));
        Assert.False(_escalation.IsInTrouble);
    }

    [Fact]
    public void Tries_a_channel_then_a_connection_then_reports_and_then_tries_channels_ever_more_seldom()
    {
        var remedies = Enumerable.Range(1, 20).Select(look => (look, remedy: _escalation.Next(progress: false)));

        Assert.Equal(
            [(2, Remedy.NewChannel), (4, Remedy.NewConnection), (6, Remedy.ReportStalled), (8, Remedy.NewChannelAgain), (12, Remedy.NewChannelAgain), (20, Remedy.NewChannelAgain)],
            remedies.Where(entry => entry.remedy != Remedy.None));
    }

    [Fact]
    public void Never_waits_longer_than_sixty_four_looks()
    {
        var last = 0;
        var longest = 0;
        for (var look = 1; look <= 2_000; look++)
        {
            if (_escalation.Next(progress: false) != Remedy.None)
            {
                longest = Math.Max(longest, look - last);
                last = look;
            }
        }

        Assert.Equal(64, longest);
    }

    [Fact]
    public void Says_once_that_the_trouble_is_over_and_begins_anew()
    {
        _escalation.Next(progress: false);
        _escalation.Next(progress: false);
        Assert.True(_escalation.IsInTrouble);

        Assert.Equal(Remedy.Recovered, _escalation.Next(progress: true));
        Assert.Equal(Remedy.None, _escalation.Next(progress: true));
        Assert.Equal(Remedy.None, _escalation.Next(progress: false));
        Assert.Equal(Remedy.NewChannel, _escalation.Next(progress: false));
    }
}
