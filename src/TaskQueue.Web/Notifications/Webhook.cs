using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Files;

namespace TaskQueue.Web.Notifications;

/// <summary>Posts notifications to a URL, signed as https://www.standardwebhooks.com has it.</summary>
/// <param name="url">Where to.</param>
/// <param name="secretFile">The file of the secret, which is read each time; <see langword="null"/> for no signature.</param>
/// <param name="time">The clock.</param>
internal sealed class Webhook(Uri url, string? secretFile, TimeProvider time) : INotificationWay, IDisposable
{
    private const int LongestSecret = 4096;
    private const string SecretPrefix = "whsec_";

    // Where it leads is for whoever configures it to say, not for whoever answers.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    public async Task<string?> TellAsync(string id, byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", timestamp);
            if (secretFile is not null)
            {
                request.Headers.Add("webhook-signature", Signature(Secret(secretFile), id, timestamp, json));
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"the answer was {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or FormatException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return e is OperationCanceledException ? $"there was no answer for {_http.Timeout.TotalSeconds} s" : e.Message;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The signature of a notification.</summary>
    public static string Signature(byte[] secret, string id, string timestamp, byte[] json) =>
        $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. json]))}";

    private static byte[] Secret(string file)
    {
        var text = Encoding.UTF8.GetString(RegularFile.ReadAllBytes(file, LongestSecret)).Trim();
        return text.Length == 0 ? throw new FormatException($"{file} is empty; expected a secret")
            : text.StartsWith(SecretPrefix, StringComparison.Ordinal) ? Convert.FromBase64String(text[SecretPrefix.Length..])
            : Encoding.UTF8.GetBytes(text);
    }
}
