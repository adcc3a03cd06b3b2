using System.Runtime.InteropServices;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Screen;

/// <summary>The whole terminal, on a screen beside the one with the shell's history; and the keys that are pressed.</summary>
/// <remarks>However the command ends, by a signal or an exception too, the terminal is as it was before.</remarks>
internal sealed class FullScreen : IDisposable
{
    // xterm's control sequences: the other screen, without a cursor; and back. All terminals of today know them.
    private const string Enter = "\u001b[?1049h\u001b[?25l\u001b[2J", Leave = "\u001b[?25h\u001b[?1049l", RestOfLine = "\u001b[K", RestOfScreen = "\u001b[J";

    private readonly IAnsiConsole _console;
    private readonly PatientWriter? _errors;
    private readonly Action<ConsoleKeyInfo> _onKey;
    private readonly Action _onChange;
    private readonly List<PosixSignalRegistration> _signals = [];

    // Protects the fields below it, and the order of what is written.
    private readonly Lock _gate = new();
    private IReadOnlyList<ScreenLine> _drawn = [];
    private (int Width, int Height) _drawnSize;
    private bool _isOpen;

    private FullScreen(Surroundings surroundings, Action<ConsoleKeyInfo> onKey, Action onChange) =>
        (_console, _errors, _onKey, _onChange) = (Tables.Terminal(surroundings), surroundings.Error as PatientWriter, onKey, onChange);

    /// <summary>The cells of a line, and the lines.</summary>
    public static (int Width, int Height) Size
    {
        get
        {
            try
            {
                return (Math.Max(1, Console.WindowWidth), Math.Max(1, Console.WindowHeight));
            }
            catch (IOException)
            {
                // A terminal that does not say.
                return (80, 24);
            }
        }
    }

    /// <summary>Whether the command may fill the terminal: there is one that can place the cursor, and is nobody's pipe.</summary>
    public static bool IsPossible(Surroundings surroundings) =>
        surroundings.IsTerminal && !Console.IsOutputRedirected && Tables.Terminal(surroundings).Profile.Capabilities.Ansi
        && surroundings.Environment.GetValueOrDefault("TERM") is not (null or "" or "dumb");

    /// <summary>Takes the terminal.</summary>
    /// <param name="surroundings">Where it is.</param>
    /// <param name="onKey">Takes each key, on a thread of its own.</param>
    /// <param name="onChange">Is called when the size of the terminal has changed, or all is to be drawn again.</param>
    public static FullScreen Open(Surroundings surroundings, Action<ConsoleKeyInfo> onKey, Action onChange)
    {
        var screen = new FullScreen(surroundings, onKey, onChange);
        screen.Show();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
        {
            // At once: what ends the command may take its time.
            screen._signals.Add(PosixSignalRegistration.Create(signal, _ => screen.Hide()));
        }

        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, screen.Suspend));
        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => screen.ShowAgain()));
        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => onChange()));
        if (!Console.IsInputRedirected)
        {
            new Thread(screen.ReadKeys) { IsBackground = true, Name = "keys" }.Start();
        }

        return screen;
    }

    /// <summary>Draws what has changed.</summary>
    /// <param name="lines">The lines, from the top. Those that there is no room for are not drawn.</param>
    /// <param name="size">The size of the terminal that they were made for.</param>
    public void Draw(IReadOnlyList<ScreenLine> lines, (int Width, int Height) size)
    {
        lock (_gate)
        {
            if (!_isOpen)
            {
                return;
            }

            var shown = lines.Take(size.Height).ToList();
            var parts = new List<Segment>();
            for (var row = 0; row < shown.Count; row++)
            {
                if (size == _drawnSize && row < _drawn.Count && IsSame(shown[row], _drawn[row]))
                {
                    continue;
                }

                parts.Add(Segment.Control($"\u001b[{row + 1};1H"));
                var line = shown[row].Within(size.Width);
                parts.AddRange(line.Segments);

                // With the cursor behind the last cell of a line, some terminals would take that for the rest.
                if (line.Width < size.Width)
                {
                    parts.Add(Segment.Control(RestOfLine));
                }
            }

            if (shown.Count < size.Height && (size != _drawnSize || shown.Count < _drawn.Count))
            {
                parts.Add(Segment.Control($"\u001b[{shown.Count + 1};1H{RestOfScreen}"));
            }

            (_drawn, _drawnSize) = (shown, size);
            if (parts.Count > 0)
            {
                _console.Write(new Frame(parts));
            }
        }
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        Hide();
    }

    private static bool IsSame(ScreenLine one, ScreenLine other) =>
        one.Segments.Count == other.Segments.Count
        && one.Segments.Zip(other.Segments).All(pair => pair.First.Text == pair.Second.Text && pair.First.Style.Equals(pair.Second.Style));

    private void Show()
    {
        lock (_gate)
        {
            _isOpen = true;
            _errors?.Hold();
            (_drawn, _drawnSize) = ([], default);
            _console.Write(new ControlCode(Enter));
        }
    }

    private void Suspend(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Hide();
        Suspension.Begin();
    }

    private void ShowAgain()
    {
        Show();
        _onChange();
    }

    private void Hide()
    {
        lock (_gate)
        {
            if (!_isOpen)
            {
                return;
            }

            _isOpen = false;
            try
            {
                _console.Write(new ControlCode(Leave));
                _errors?.Release();
            }
            catch (IOException)
            {
                // The terminal is gone.
            }
        }
    }

    private void ReadKeys()
    {
        try
        {
            while (true)
            {
                _onKey(Console.ReadKey(intercept: true));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // There is no keyboard any more; Ctrl-C is left.
        }
    }

    /// <summary>What is written at once.</summary>
    private sealed class Frame(IReadOnlyList<Segment> segments) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => segments;
    }
}
