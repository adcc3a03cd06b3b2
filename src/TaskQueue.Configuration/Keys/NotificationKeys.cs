using TaskQueue.Configuration.Commands;
using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Configuration.NotificationOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[notify:NAME]</c>.</summary>
internal static class NotificationKeys
{
    public const string Url = "url", SecretFile = "secret_file", Command = "command";

    private static readonly ValueKind<NotificationKind> Kind = Kinds.OneOf(
        ("buried", NotificationKind.Buried),
        ("rejected", NotificationKind.Rejected),
        ("unroutable", NotificationKind.Unroutable),
        ("problem", NotificationKind.Problem),
        ("gone", NotificationKind.Gone));

    public static IReadOnlyList<Key> All { get; } =
    [
        Key.Of(Url, HttpUrl, options => options.Url, (options, value) => options with { Url = value }),
        Key.PathOf(SecretFile, options => options.SecretFile, (options, value) => options with { SecretFile = value }),
        Key.Of(Command, Program, options => options.Command, (options, value) => options with { Command = value }),
        Key.Of("events", Events, options => options.Kinds, (options, value) => options with { Kinds = value }),
        Key.Of("types", Lists.WorkerTypes, options => options.WorkerTypes, (options, value) => options with { WorkerTypes = value is null ? null : new ValueList<string>(value) }),
        Key.Of("every", Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), options => options.Every, (options, value) => options with { Every = value }),
    ];

    /// <summary>A URL for people to read. Behind the host it may have a secret, as those of chat programs do.</summary>
    public static string Shown(Uri? url) => url is null ? "" : url.PathAndQuery == "/" ? url.OriginalString : $"{url.GetLeftPart(UriPartial.Authority)}/{Secrets.Mask}";

    /// <summary>The word for a kind.</summary>
    public static string WordFor(NotificationKind kind) => Kind.Write(kind);

    private static ValueKind<Uri?> HttpUrl => new(
        "a URL of http or https, without a user and a password",
        (string text, out Uri? url) => Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0,
        Shown);

    private static ValueKind<NotificationCommand?> Program => new(
        "an absolute path of a program, with its arguments; what there is to tell comes on its standard input",
        (string text, out NotificationCommand? command) =>
        {
            command = null;
            try
            {
                var arguments = CommandLineReader.Read(text, out _).Arguments.Select(argument => argument.Literal).ToList();
                if (arguments.Contains(null) || !arguments[0]!.StartsWith('/'))
                {
                    return false;
                }

                command = new NotificationCommand(text, new ValueList<string>([.. arguments.OfType<string>()]));
                return true;
            }
            catch (FormatException)
            {
                return false;
            }
        },
        command => command?.Shown ?? "");

    private static ValueKind<IReadOnlyList<NotificationKind>> Events => new(
        $"a list of {Kind.Expected}",
        (string text, out IReadOnlyList<NotificationKind> kinds) =>
        {
            var read = Lists.Split(text).Select(word => (IsRead: Kind.TryRead(word, out var kind), kind)).ToList();
            kinds = new ValueList<NotificationKind>([.. read.Select(item => item.kind).Distinct()]);
            return read.Count > 0 && read.All(item => item.IsRead);
        },
        kinds => string.Join(", ", kinds.Select(Kind.Write)));
}
