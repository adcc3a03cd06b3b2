using System.Globalization;
using System.Reflection;

namespace TaskQueue.Testing.PublicApi;

/// <summary>Lists the public members of an assembly, one a line, so that a change of the API is a visible change of a file.</summary>
public static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Compares an assembly with its checked-in list.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="listPath">The list. With the environment variable <c>UPDATE_PUBLIC_API</c> it is written anew.</param>
    /// <returns>What differs, for a person to read, or <see langword="null"/>.</returns>
    public static string? Difference(Assembly assembly, string listPath)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var found = Of(assembly);
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") is { Length: > 0 })
        {
            File.WriteAllLines(listPath, found);
        }

        var listed = File.ReadAllLines(listPath);
        var difference = found.Except(listed, StringComparer.Ordinal).Select(line => "+ " + line)
            .Concat(listed.Except(found, StringComparer.Ordinal).Select(line => "- " + line))
            .ToList();
        return difference.Count == 0
            ? null
            : $"The public API has changed. If that is meant, run this test with UPDATE_PUBLIC_API=1 and commit {Path.GetFileName(listPath)}.\n{string.Join('\n', difference)}";
    }

    private static List<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Lines)];

    private static IEnumerable<string> Lines(Type type)
    {
        yield return $"{Kind(type)} {type.FullName}{Bases(type)}";
        foreach (var line in type.GetMembers(Declared).Where(IsVisible).Select(Member).Order(StringComparer.Ordinal))
        {
            yield return $"{type.FullName}.{line}";
        }
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        Type?[] inherited = [type.BaseType == typeof(object) || type.IsValueType ? null : type.BaseType, .. type.IsEnum ? [] : type.GetInterfaces()];
        var names = inherited.OfType<Type>().Select(Name).ToList();
        return names.Count == 0 ? "" : " : " + string.Join(", ", names);
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        // Accessors show with their property; what the compiler makes for records has names that nobody can write.
        MethodInfo method => IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !method.Name.Contains('<'),
        ConstructorInfo constructor => IsVisible(constructor),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        EventInfo happening => happening.AddMethod is { } add && IsVisible(add),
        _ => false,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Member(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{method.Name}{Generics(method)}({Parameters(method)}) -> {Name(Nullability.Create(method.ReturnParameter))}{Static(method)}",
        PropertyInfo property => $"{property.Name} {{ {Accessors(property)}}} -> {Name(Nullability.Create(property))}{Static(property.GetAccessors(nonPublic: true)[0])}",
        FieldInfo { IsLiteral: true } constant => string.Create(CultureInfo.InvariantCulture, $"{constant.Name} = {constant.GetRawConstantValue()}"),
        FieldInfo field => $"{field.Name} -> {Name(Nullability.Create(field))}{(field.IsStatic ? " static" : "")}",
        _ => member.Name,
    };

    private static string Static(MethodBase method) => method.IsStatic ? " static" : "";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(Nullability.Create(parameter))} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    private static string Accessors(PropertyInfo property)
    {
        var get = property.GetMethod is { } getter && IsVisible(getter) ? "get; " : "";
        var set = property.SetMethod is { } setter && IsVisible(setter)
            ? setter.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init; " : "set; "
            : "";
        return get + set;
    }

    private static string Name(NullabilityInfo info)
    {
        var mark = info.ReadState == NullabilityState.Nullable && !info.Type.IsValueType ? "?" : "";
        if (info.ElementType is { } element)
        {
            return $"{Name(element)}[]{mark}";
        }

        return info.Type.IsGenericType && Nullable.GetUnderlyingType(info.Type) is null && info.GenericTypeArguments.Length > 0
            ? $"{SimpleName(info.Type)}<{string.Join(", ", info.GenericTypeArguments.Select(Name))}>{mark}"
            : Name(info.Type) + mark;
    }

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        return type.IsGenericType ? $"{SimpleName(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }

    private static string SimpleName(Type type) => type.Name.Split('`')[0];
}
