using System.Reflection;
using System.Text;

namespace TaskQueue.Abstractions.Tests;

/// <summary>Plugins are compiled against this assembly: a change of what it offers should be seen in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_members_are_those_of_the_checked_in_list()
    {
        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.txt"));
        var actual = Describe(typeof(BaseWorker).Assembly);
        var received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        File.WriteAllText(received, actual);

        Assert.True(expected == actual, $"The public API has changed. If that is meant, copy {received} over tests/TaskQueue.Abstractions.Tests/PublicApi.txt.");
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type)).Append(Bases(type)).Append('\n');
            foreach (var member in type
                .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Select(Describe).OfType<string>().Order(StringComparer.Ordinal))
            {
                text.Append("  ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        var bases = type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type.BaseType is { } parent && parent != typeof(object))
        {
            bases.Insert(0, Name(parent));
        }

        return bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}";
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsSeen(constructor) => $"{Modifiers(constructor)}ctor({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsSeen(method) =>
            $"{Modifiers(method)}{Name(method.ReturnParameter)} {method.Name}({Parameters(method)})",
        PropertyInfo property when property.GetMethod is { } getter && IsSeen(getter) =>
            $"{Modifiers(getter)}{Nullable(Name(property.PropertyType), new NullabilityInfoContext().Create(property).ReadState)} {property.Name} {{ get; {Setter(property)}}}",
        FieldInfo { IsPublic: true, IsLiteral: true } field => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo { IsPublic: true } field => $"{Name(field.FieldType)} {field.Name}",
        _ => null,
    };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        var kind = method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => "",
            { IsAbstract: true } => "abstract ",
            MethodInfo { IsVirtual: true, IsFinal: false } own when own.GetBaseDefinition() != own => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
        return access + kind;
    }

    private static string Setter(PropertyInfo property) => property.SetMethod switch
    {
        { } setter when !IsSeen(setter) => "",
        { ReturnParameter: var result } when result.GetRequiredCustomModifiers().Length > 0 => "init; ",
        not null => "set; ",
        null => "",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    private static string Name(ParameterInfo parameter) =>
        Nullable(Name(parameter.ParameterType), new NullabilityInfoContext().Create(parameter).ReadState);

    private static string Nullable(string name, NullabilityState state) =>
        state == NullabilityState.Nullable && !name.EndsWith('?') ? $"{name}?" : name;

    private static string Name(Type type)
    {
        if (System.Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Name(value)}?";
        }

        if (!type.IsGenericType)
        {
            return type.Namespace is "System" or "TaskQueue" ? type.Name : type.FullName ?? type.Name;
        }

        return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
