using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Tests.Screen;

public sealed class PatientWriterTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly PatientWriter _writer;

    public PatientWriterTests() => _writer = new PatientWriter(_output);

    public void Dispose()
    {
        _writer.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task What_comes_while_it_is_held_is_written_afterwards_and_what_comes_else_at_once()
    {
        await _writer.WriteLineAsync("one");
        Assert.Equal("one\n", _output.ToString());

        _writer.Hold();
        await _writer.WriteAsync("two ");
        _writer.WriteLine("three");
        _writer.Write('4');
        Assert.Equal("one\n", _output.ToString());

        _writer.Release();
        await _writer.WriteLineAsync("!");
        Assert.Equal("one\ntwo three\n4!\n", _output.ToString());
    }

    [Fact]
    public void Of_much_the_end_is_kept()
    {
        _writer.Hold();
        for (var line = 0; line < 10_000; line++)
        {
            _writer.WriteLine($"line {line}");
        }

        _writer.Release();

        Assert.InRange(_output.ToString().Length, 1000, 4000);
        Assert.StartsWith("line 9", _output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("line 9999\n", _output.ToString(), StringComparison.Ordinal);
    }
}
