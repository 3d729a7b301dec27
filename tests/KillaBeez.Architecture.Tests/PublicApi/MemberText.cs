using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace KillaBeez.Architecture.Tests.PublicApi;

/// <summary>The line of one member, close to how C# declares it.</summary>
internal static class MemberText
{
    private static readonly NullabilityInfoContext _nullability = new();

    public static string Of(FieldInfo field)
    {
        var kind = field.IsLiteral ? "const " : field.IsStatic ? "static " : "";
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";
        return $"{Access(field.IsFamily || field.IsFamilyOrAssembly)}{kind}{(field.IsInitOnly ? "readonly " : "")}{TypeText.Name(field.FieldType)}{Mark(_nullability.Create(field).ReadState, field.FieldType)} {field.Name}{value}";
    }

    public static string Of(PropertyInfo property, Func<MethodInfo, bool> isVisible)
    {
        var accessors = property.GetAccessors(true);
        var info = _nullability.Create(property);
        var nullability = property.CanRead ? info.ReadState : info.WriteState;
        var isRequired = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
        var get = property.GetMethod is { } getter && isVisible(getter) ? " get;" : "";
        var set = property.SetMethod is { } setter && isVisible(setter) ? IsInit(setter) ? " init;" : " set;" : "";
        return $"{Modifiers(accessors[0])}{isRequired}{TypeText.Name(property.PropertyType)}{Mark(nullability, property.PropertyType)} {property.Name}{index} {{{get}{set} }}";
    }

    public static string Of(EventInfo e) => $"{Modifiers(e.AddMethod!)}event {TypeText.Name(e.EventHandlerType!)} {e.Name}";

    public static string Of(ConstructorInfo constructor) =>
        $"{Access(!constructor.IsPublic)}{TypeText.SimpleName(constructor.DeclaringType!)}({Parameters(constructor.GetParameters())})";

    public static string Of(MethodInfo method)
    {
        var generics = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";
        var result = $"{TypeText.Name(method.ReturnType)}{Mark(_nullability.Create(method.ReturnParameter).ReadState, method.ReturnType)}";
        var isExtension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Modifiers(method)}{result} {method.Name}{generics}({isExtension}{Parameters(method.GetParameters())})";
    }

    private static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var direction = !type.IsByRef ? parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : ""
            : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        type = type.IsByRef ? type.GetElementType()! : type;
        var value = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue)}" : "";
        return $"{direction}{TypeText.Name(type)}{Mark(_nullability.Create(parameter).WriteState, type)} {parameter.Name}{value}";
    }

    private static string Modifiers(MethodInfo method) =>
        Access(!method.IsPublic)
        + (method.IsStatic ? "static " : "")
        + (method.DeclaringType!.IsInterface ? ""
            : method.IsAbstract ? "abstract "
            : method.IsVirtual && method.GetBaseDefinition() != method ? "override "
            : method.IsVirtual && !method.IsFinal ? "virtual " : "");

    private static string Access(bool isProtected) => isProtected ? "protected " : "public ";

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Mark(NullabilityState state, Type type) => state == NullabilityState.Nullable && !type.IsValueType ? "?" : "";

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string s => $"\"{s}\"",
        bool b => b ? "true" : "false",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
