using System.Collections.Frozen;

namespace TaskQueue;

/// <summary>
/// Chooses the format of a message by its content type: <c>application/json</c> (or none) is a
/// <see cref="RuoteWorkItem"/>, <c>text/plain</c> a <see cref="BasicWorkItem"/>, unless the configuration says otherwise.
/// </summary>
/// <remarks>Immutable, and safe for use from several threads.</remarks>
public sealed class WorkItemFormats
{
    /// <summary>The content type that a message without one is taken to have.</summary>
    public const string DefaultContentType = "application/json";

    private readonly FrozenDictionary<string, IWorkItemFormat> _formats;
    private readonly FrozenDictionary<string, string> _typeMap;
    private readonly string _defaultType;

    /// <summary>The formats of this system, and more.</summary>
    /// <param name="typeMap">Work item type by content type, or <see langword="null"/> for <see cref="DefaultTypeMap"/>.</param>
    /// <param name="defaultType">The content type of messages that have none.</param>
    /// <param name="more">Formats from plugins; one replaces a built-in format of the same work item type.</param>
    public WorkItemFormats(
        IReadOnlyDictionary<string, string>? typeMap = null,
        string defaultType = DefaultContentType,
        IEnumerable<IWorkItemFormat>? more = null)
    {
        var formats = new Dictionary<string, IWorkItemFormat>(StringComparer.OrdinalIgnoreCase);
        foreach (var format in (IEnumerable<IWorkItemFormat>)[new RuoteWorkItemFormat(), new BasicWorkItemFormat(), .. more ?? []])
        {
            formats[format.WorkItemType] = format;
        }

        _formats = formats.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _typeMap = (typeMap ?? DefaultTypeMap).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _defaultType = defaultType;
    }

    /// <summary>The map that holds where <c>workitem_type_map</c> is not set.</summary>
    public static IReadOnlyDictionary<string, string> DefaultTypeMap { get; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["application/json"] = RuoteWorkItem.Type,
            ["text/plain"] = BasicWorkItem.Type,
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds the format of a message.</summary>
    /// <param name="contentType">The message's content type, with or without parameters, or <see langword="null"/>.</param>
    /// <returns>The format, or <see langword="null"/> when none understands that type.</returns>
    public IWorkItemFormat? Find(string? contentType) => _formats.GetValueOrDefault(WorkItemTypeOf(contentType));

    /// <summary>Decodes a message that has reached its worker.</summary>
    /// <param name="body">The message's body.</param>
    /// <param name="contentType">The message's content type, or <see langword="null"/>.</param>
    /// <param name="dispatchedByHeader">Whether the header <c>worker-type</c> brought it here: then the body may be anything,
    /// and one that no format understands is a <see cref="RawWorkItem"/>.</param>
    /// <returns>The work item.</returns>
    /// <exception cref="MalformedWorkItemException">The body does not follow its format, or no format understands the type.</exception>
    public WorkItem Decode(ReadOnlyMemory<byte> body, string? contentType, bool dispatchedByHeader)
    {
        var declared = contentType is { Length: > 0 } ? contentType : _defaultType;
        if (Find(contentType) is not { } format)
        {
            return dispatchedByHeader ? new RawWorkItem(body, declared) : throw UnknownType(contentType);
        }

        try
        {
            return format.Decode(body, declared);
        }
        catch (MalformedWorkItemException) when (dispatchedByHeader)
        {
            return new RawWorkItem(body, declared);
        }
    }

    /// <summary>The body of a failed task's result: that of the task, with the failure in it.</summary>
    /// <param name="body">The task's body.</param>
    /// <param name="contentType">Its content type, or <see langword="null"/>.</param>
    /// <param name="dispatchedByHeader">Whether the header <c>worker-type</c> brought it to its worker.</param>
    /// <param name="error">What went wrong, in a line.</param>
    /// <param name="trace">Where, or <see langword="null"/>.</param>
    /// <returns>The body; one that no format understands as it is.</returns>
    public ReadOnlyMemory<byte> WithFailure(ReadOnlyMemory<byte> body, string? contentType, bool dispatchedByHeader, string error, string? trace)
    {
        try
        {
            var workItem = Decode(body, contentType, dispatchedByHeader);
            workItem.SetFailure(error, trace);
            return workItem.Encode();
        }
        catch (MalformedWorkItemException)
        {
            return body;
        }
    }

    /// <summary>The error of a content type that no format understands.</summary>
    /// <param name="contentType">The message's content type.</param>
    /// <returns>An exception to throw or to take the message from.</returns>
    public MalformedWorkItemException UnknownType(string? contentType) =>
        new($"content type \"{contentType}\": no format understands it; known are {string.Join(", ", _typeMap.Keys.Concat(_formats.Keys).Order(StringComparer.Ordinal))}, or set the header worker-type");

    private string WorkItemTypeOf(string? contentType)
    {
        var type = contentType is { Length: > 0 } ? contentType : _defaultType;
        var parameters = type.IndexOf(';', StringComparison.Ordinal);
        if (parameters >= 0)
        {
            type = type[..parameters].TrimEnd();
        }

        return _typeMap.GetValueOrDefault(type, type);
    }
}
