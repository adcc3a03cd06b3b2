using TaskQueue.Cli.Top;

namespace TaskQueue.Cli.Tests.Top;

/// <summary>What is on the screen, and what keys do: both are pure functions, so that no terminal is needed.</summary>
public sealed class TopScreenTests
{
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int>();
            foreach (var (width, height) in ((int, int)[])[(80, 24), (120, 40), (40, 10), (20, 5), (200, 3), (10, 2), (1, 1)])
            {
                sizes.Add(width, height);
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_view_fits_every_size(int width, int height)
    {
        var state = new TopState().See(Looks.Busy()).Resize(width, height);
        foreach (var keys in (string[])["", "2", "3", "4", "5", "6", "?", "\r", "2\r", "6\r", "/echo", "p", "2c", "2GG"])
        {
            var lines = Screen(Press(state, keys));
            Assert.True(lines.Count <= height && lines.All(line => line.Width <= width), $"{width}x{height}, \"{keys}\":\n{string.Join('\n', lines.Select(line => line.Text))}");
        }
    }

    [Fact]
    public void At_80x24_head_views_headings_rows_and_keys_are_there()
    {
        var lines = Texts(new TopState().See(Looks.Busy()));

        Assert.Equal(24, lines.Count);
        Assert.Equal("taskqueue  12:00:00Z  40 running tasks  1 pool  1 dispatcher  rabbit1:5672", lines[0]);
        Assert.StartsWith("! 4 warnings: web3: poem does not start: lines = \"0\": expected a whole number", lines[1], StringComparison.Ordinal);
        Assert.Equal(" 1 Types 4  2 Tasks 40  3 Services 2  4 Queues 6  5 Failures 1  6 Warnings 4 ", lines[2]);
        Assert.Equal(" TYPE▲   STATE                      READY  RUNNING  WORKERS  IN/S  OUT/S  BURIED", lines[3].TrimEnd());
        Assert.Equal(
            [
                ">echo    idle                           0        0        2     -      -       -",
                " poem    does not start: lines = …      3        0   0 of 1     -      -       -",
                " resize  busy                       1,200        4        4     -      -       2",
                " sleep   paused                         7        0        1     -      -       -",
            ],
            lines.Skip(4).Take(4).Select(line => line.TrimEnd()));
        Assert.StartsWith("q quit  ? help  / filter  p pause  Enter details", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_narrow_screen_drops_the_columns_of_least_value_and_a_low_one_all_but_rows()
    {
        var narrow = Texts(new TopState().See(Looks.Busy()).Resize(40, 10));
        Assert.Equal(10, narrow.Count);
        Assert.Equal("taskqueue  12:00:00Z  40 running tasks", narrow[0]);
        Assert.Equal(" 1 Types 4  2  3  4  5  6 ", narrow[1]);
        Assert.Equal(" TYPE▲   STATE            READY  RUNNING", narrow[2].TrimEnd());
        Assert.Equal(" poem    does not start…      3        0", narrow[4].TrimEnd());

        var low = Texts(new TopState().See(Looks.Busy()).Resize(80, 3));
        Assert.StartsWith(">echo", low[1], StringComparison.Ordinal);
        Assert.Equal(3, low.Count);
    }

    [Fact]
    public void The_marked_row_stays_on_the_screen_and_stays_marked_whatever_the_size_and_the_next_look()
    {
        var state = Press(new TopState().See(Looks.Busy()), "2jjj");
        var marked = state.Selected!.Key;
        Assert.StartsWith(">" + marked[..8], Marked(state), StringComparison.Ordinal);

        foreach (var (width, height) in ((int, int)[])[(120, 40), (40, 5), (80, 24)])
        {
            state = state.Resize(width, height);
            Assert.StartsWith(">" + marked[..8], Marked(state), StringComparison.Ordinal);
        }

        var last = Press(state, "G").Resize(80, 10);
        Assert.StartsWith(">" + last.Rows[^1].Key[..8], Marked(last), StringComparison.Ordinal);

        // Two more have come, which are the longest: the marked one is further down.
        var later = state.See(Looks.Busy(tasks: 42));
        Assert.Equal((marked, 5), (later.Selected!.Key, later.View.Index));

        // It is gone: what has come into its place is marked.
        var gone = later.See(Looks.Busy(tasks: 3));
        Assert.Equal(2, gone.View.Index);
    }

    [Fact]
    public void Sorts_by_any_column_both_ways()
    {
        var state = Press(new TopState().See(Looks.Busy()), ">>");
        Assert.Equal(["resize", "sleep", "poem", "echo"], state.Rows.Select(row => row.Key));
        Assert.Contains("READY▼", Texts(state)[3], StringComparison.Ordinal);
        Assert.Equal(["echo", "poem", "sleep", "resize"], Press(state, "r").Rows.Select(row => row.Key));
        Assert.Equal(["echo", "poem", "resize", "sleep"], Press(state, "<<").Rows.Select(row => row.Key));
    }

    [Fact]
    public void Filters_as_one_types_and_shows_all_again()
    {
        var state = Press(new TopState().See(Looks.Busy()), "/RES");
        Assert.Equal("resize", Assert.Single(state.Rows).Key);
        Assert.StartsWith("/RES_", Texts(state)[^1], StringComparison.Ordinal);

        state = Press(state, "\r");
        Assert.Contains("/RES", Texts(state)[2], StringComparison.Ordinal);
        Assert.Contains(" nothing has \"RESx\" in it; Esc shows all", Texts(Press(state, "/x")));
        Assert.Equal(4, Press(state, "\u001b").Rows.Count);
    }

    [Fact]
    public void Enter_shows_all_about_a_type_with_its_problems_whole_and_its_tasks_and_q_leads_back()
    {
        var state = Press(new TopState().See(Looks.Busy()), "j\r");
        Assert.Contains($"PROBLEM   web3: poem does not start: {Looks.Problem}", Texts(state));

        var resize = Texts(Press(state, "qj\r"));
        Assert.Contains(resize, line => line.TrimEnd().EndsWith("PROGRESS", StringComparison.Ordinal));
        Assert.Contains(resize, line => line.Contains("was ended by SIGSEGV", StringComparison.Ordinal) || line.StartsWith(" 00000000", StringComparison.Ordinal));
        Assert.Equal(TopMode.List, Press(state, "q").Mode);
        Assert.True(TopKeys.Reduce(Press(state, "q"), KeyOf('q')).Quits);
    }

    [Fact]
    public void The_details_of_a_row_that_is_gone_say_so()
    {
        var state = Press(new TopState().See(Looks.Busy()), "2\r").See(Looks.Busy(tasks: 1));

        Assert.Equal("It is not there any more.", Texts(state)[0]);
    }

    [Theory]
    [InlineData("p", "pause? [y/N] taskqueue pause echo", "pause", "echo")]
    [InlineData("jjjp", "resume? [y/N] taskqueue resume sleep", "resume", "sleep")]
    [InlineData("jjK", "kick buried? [y/N] taskqueue buried kick --all --yes resize", "buried kick --all --yes", "resize")]
    [InlineData("jj\rK", "kick buried? [y/N] taskqueue buried kick --all --yes resize", "buried kick --all --yes", "resize")]
    [InlineData("2c", "cancel? [y/N] taskqueue cancel 000000274f0f8f6d9f1ad4b0c0de", "cancel", "000000274f0f8f6d9f1ad4b0c0de")]
    public void An_action_is_done_when_it_is_confirmed_and_only_then(string keys, string question, string command, string argument)
    {
        var asked = Press(new TopState().See(Looks.Busy()), keys);
        Assert.Equal(question, Texts(asked)[^1]);

        var yes = TopKeys.Reduce(asked, KeyOf('y'));
        Assert.Equal((command, argument), (string.Join(' ', yes.Action!.Command), Assert.Single(yes.Action.Arguments)));
        foreach (var other in "n\r\u001b q")
        {
            var no = TopKeys.Reduce(asked, KeyOf(other));
            Assert.Null(no.Action);
            Assert.False(no.Quits);
            Assert.Equal("nothing done", Texts(no.State)[^1]);
        }
    }

    [Fact]
    public void What_cannot_be_done_about_a_row_is_no_question()
    {
        Assert.Equal(TopMode.List, Press(new TopState().See(Looks.Busy()), "K").Mode);
        Assert.Equal(TopMode.List, Press(new TopState().See(Looks.Busy()), "3c").Mode);
        Assert.Equal(TopMode.List, Press(new TopState(), "pcK\rG").Mode);
    }

    [Fact]
    public void A_look_that_is_long_ago_is_said()
    {
        var lines = TopScreenLines.Render(new TopState().See(Looks.Busy()), Looks.Now.AddSeconds(33));

        Assert.StartsWith("taskqueue  no answer for 33 s", lines[0].Text, StringComparison.Ordinal);
    }

    private static string Marked(TopState state) => Texts(state).Single(line => line.StartsWith('>'));

    private static List<string> Texts(TopState state) => [.. Screen(state).Select(line => line.Text)];

    private static IReadOnlyList<Cli.Screen.ScreenLine> Screen(TopState state) => TopScreenLines.Render(state, Looks.Now);

    private static TopState Press(TopState state, string keys) => keys.Aggregate(state, (current, key) => TopKeys.Reduce(current, KeyOf(key)).State);

    private static ConsoleKeyInfo KeyOf(char key) => new(
        key,
        key switch
        {
            '\r' => ConsoleKey.Enter,
            '\u001b' => ConsoleKey.Escape,
            _ => ConsoleKey.NoName,
        },
        shift: char.IsUpper(key),
        alt: false,
        control: false);
}
