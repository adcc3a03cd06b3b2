using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Tests;

public sealed class SessionStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-sessions-");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));

    [Fact]
    public void A_session_ends_twelve_hours_after_its_last_use_also_over_restarts()
    {
        string used, unused;
        using (var sessions = Open())
        {
            (used, unused) = (sessions.Begin("sha256:a"), sessions.Begin("sha256:a"));
            _time.Advance(TimeSpan.FromHours(11));
            Assert.Equal("sha256:a", sessions.TokenOf(used));
        }

        using (var sessions = Open())
        {
            _time.Advance(TimeSpan.FromHours(2));
            Assert.Equal("sha256:a", sessions.TokenOf(used));
            Assert.Null(sessions.TokenOf(unused));
            Assert.Null(sessions.TokenOf("another"));
            sessions.End(used);
            Assert.Null(sessions.TokenOf(used));
        }

        using (var sessions = Open())
        {
            Assert.Null(sessions.TokenOf(used));
        }
    }

    [Fact]
    public void What_a_browser_has_is_not_on_the_disk()
    {
        string secret;
        using (var sessions = Open())
        {
            secret = sessions.Begin(WebToken.HashOf("token"));
        }

        var bytes = _folder.EnumerateFiles().Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file.FullName)));
        Assert.All(bytes, text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private SessionStore Open() => SessionStore.Open(_folder.FullName, _time, NullLogger.Instance);
}
