using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskQueue.Broker.Access;

/// <summary>A user as a line of the file: <c>{"user":"jo","password":"pbkdf2-sha512$...","configure":"","write":"^tasks$","read":""}</c>.</summary>
internal static partial class UserLine
{
    private const int MaxNameBytes = 255;

    // A pattern shall look like one: no web page reads this file.
    private static readonly Format Readable = new(new JsonSerializerOptions(Format.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <exception cref="FormatException">It is none; the message says what is wrong, and nothing of the password.</exception>
    public static User Parse(string line)
    {
        Fields fields;
        try
        {
            fields = JsonSerializer.Deserialize(line, Format.Default.Fields) ?? throw new FormatException("expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"expected a JSON object with user, password, configure, write and read: {e.Message}", e);
        }

        RequireName(fields.User);
        var password = fields.Password is null ? null : PasswordHash.Parse(fields.Password) ?? throw new FormatException("\"password\" is no hash that taskqueue broker user passwd has written");
        return new User(fields.User, password, new UserPermissions(fields.Configure, fields.Write, fields.Read));
    }

    public static string Write(User user)
    {
        var (configure, write, read) = user.Permissions;
        return JsonSerializer.Serialize(new Fields(user.Name, configure, write, read, user.Password?.ToString()), Readable.Fields);
    }

    /// <exception cref="FormatException">Nobody can be called that.</exception>
    public static void RequireName(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) is < 1 or > MaxNameBytes || name.Any(char.IsControl))
        {
            throw new FormatException($"\"{name}\" is no user's name; expected 1 to {MaxNameBytes} bytes without control characters");
        }
    }

    internal sealed record Fields(
        [property: JsonPropertyName("user")] string User,
        [property: JsonPropertyName("configure"), JsonPropertyOrder(1)] string Configure,
        [property: JsonPropertyName("write"), JsonPropertyOrder(1)] string Write,
        [property: JsonPropertyName("read"), JsonPropertyOrder(1)] string Read,
        [property: JsonPropertyName("password")] string? Password = null);

    [JsonSourceGenerationOptions(
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(Fields))]
    internal sealed partial class Format : JsonSerializerContext;
}
