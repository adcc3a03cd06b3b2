using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What the broker said when it closed a channel because of a message, as far as that tells which message.</summary>
/// <remarks>Its words are all there is to go by; where other versions use others, the culprit is found by sending one message at a time.</remarks>
/// <param name="Kind">What stands against the message.</param>
/// <param name="Text">The broker's words.</param>
internal sealed partial record ChannelVerdict(RefusalKind Kind, string Text)
{
    // So the broker calls the default exchange, whose name is empty.
    private const string DefaultExchange = "amq.default";

    // Milliseconds; the texts have 255 bytes at most, and these expressions do not backtrack in them.
    private const int LongestMatch = 1000;

    /// <summary>The size of the largest body that the broker takes.</summary>
    public long? MostBytes { get; init; }

    /// <summary>The exchange that this is about.</summary>
    public string? Exchange { get; init; }

    /// <summary>The only routing key that this is about; <see langword="null"/> for all.</summary>
    public string? RoutingKey { get; init; }

    /// <summary>Whether it tells by itself which messages it is about.</summary>
    public bool NamesCulprits => MostBytes is not null || Exchange is not null;

    /// <summary>Reads it.</summary>
    /// <param name="replyCode">The code of <c>channel.close</c>.</param>
    /// <param name="replyText">Its text.</param>
    /// <returns><see langword="null"/> when the channel was not closed because of what is in a message, so that it may pass another time.</returns>
    public static ChannelVerdict? Read(ushort replyCode, string replyText)
    {
        var text = $"{replyCode} {replyText}";
        switch (replyCode)
        {
            case Constants.PreconditionFailed when Size().Match(replyText) is { Success: true } size
                && long.TryParse(size.Groups["most"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var most):
                return new ChannelVerdict(RefusalKind.TooLarge, text) { MostBytes = most };
            case Constants.AccessRefused:
                var topic = Topic().Match(replyText);
                return new ChannelVerdict(RefusalKind.NotPermitted, text)
                {
                    Exchange = ExchangeIn(replyText),
                    RoutingKey = topic.Success ? topic.Groups["key"].Value : null,
                };
            case Constants.NotFound:
                return new ChannelVerdict(RefusalKind.NoExchange, text) { Exchange = ExchangeIn(replyText) };
            case Constants.PreconditionFailed or Constants.FrameError or Constants.SyntaxError or Constants.NotImplemented:
                return new ChannelVerdict(RefusalKind.Unacceptable, text);
            default:
                return null;
        }
    }

    /// <summary>Whether a message is one that this is about.</summary>
    /// <returns>What stands against it, or <see langword="null"/>.</returns>
    public PublishRefusal? Of(string exchange, string routingKey, int bodyBytes) =>
        MostBytes is { } most
            ? bodyBytes > most ? PublishRefusal.TooLarge(bodyBytes, most) : null
            : Exchange is not null && Exchange == exchange && (RoutingKey is null || RoutingKey == routingKey) ? Refusal : null;

    /// <summary>What stands against a message that is known to be the one.</summary>
    public PublishRefusal Refusal => new(Kind, Text);

    private static string? ExchangeIn(string text) => ExchangeName().Match(text) is { Success: true } match
        ? match.Groups["name"].Value is var name && name == DefaultExchange ? "" : match.Groups["name"].Value
        : null;

    // 3.x: "message size 2000000 larger than configured max size 1000000"; 4.x has "is" before "larger".
    [GeneratedRegex(@"message size \d+ (is )?larger than (configured )?max size (?<most>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex Size();

    // "access to exchange 'amq.default' in vhost '/' refused for user 'x'", "no exchange 'x' in vhost '/'", "cannot publish to internal exchange ...".
    [GeneratedRegex(@"exchange '(?<name>[^']*)' in vhost '", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex ExchangeName();

    [GeneratedRegex(@"access to topic '(?<key>[^']*)' in exchange '", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatch)]
    private static partial Regex Topic();
}
