using System.Reflection;

namespace KillaBeez.Architecture.Tests.PublicApi;

/// <summary>Types as C# writes them.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> _keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(char)] = "char",
    };

    public static string Name(Type type)
    {
        if (_keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Name(value) + "?";
        }

        if (type.HasElementType)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsPointer ? "*" : "&");
        }

        var outer = type.IsNested && !type.IsGenericParameter ? Name(type.DeclaringType!) + "." : "";
        return outer + SimpleName(type) + Arguments(type);
    }

    public static string SimpleName(Type type) => type.Name.Split('`')[0];

    /// <summary>The line that opens a type.</summary>
    public static string Declaration(Type type)
    {
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"public delegate {Name(invoke.ReturnType)} {Name(type)}({string.Join(", ", invoke.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"))})";
        }

        var bases = Bases(type).Order(StringComparer.Ordinal).ToList();
        return $"public {Kind(type)} {Name(type)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}";
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum)
        {
            return "enum";
        }

        if (type.IsInterface)
        {
            return "interface";
        }

        var isRecord = type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly) is not null;
        if (type.IsValueType)
        {
            var isReadOnly = type.IsDefined(typeof(System.Runtime.CompilerServices.IsReadOnlyAttribute)) ? "readonly " : "";
            return isReadOnly + (type.IsByRefLike ? "ref " : "") + (isRecord ? "record struct" : "struct");
        }

        var modifier = type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        return modifier + (isRecord ? "record" : "class");
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetUnderlyingType(type) is var underlying && underlying == typeof(int) ? [] : [Name(underlying)];
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var added = type.GetInterfaces().Where(i => i.IsVisible).Except(inherited).ToList();
        var own = added.Where(i => !added.Any(other => other != i && other.GetInterfaces().Contains(i)));
        var parent = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? [Name(b)] : Array.Empty<string>();
        return parent.Concat(own.Select(Name));
    }

    private static string Arguments(Type type)
    {
        if (!type.IsGenericType)
        {
            return "";
        }

        // A nested type repeats its outer type's parameters.
        var outer = type.IsNested ? type.DeclaringType!.GetGenericArguments().Length : 0;
        var own = type.GetGenericArguments().Skip(outer).Select(Name).ToList();
        return own.Count > 0 ? $"<{string.Join(", ", own)}>" : "";
    }
}
