using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace KillaBeez.Architecture.Tests.PublicApi;

/// <summary>Writes an assembly's public API as text, sorted, one member a line.</summary>
internal static class ApiListing
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var ns in assembly.GetExportedTypes().GroupBy(t => t.Namespace).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(ns.Key).Append('\n');
            foreach (var type in ns.OrderBy(TypeText.Name, StringComparer.Ordinal))
            {
                text.Append("  ").Append(TypeText.Declaration(type)).Append('\n');
                foreach (var member in MembersOf(type).Order(StringComparer.Ordinal))
                {
                    text.Append("    ").Append(member).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}");
        }

        if (type.IsSubclassOf(typeof(Delegate)))
        {
            return [];
        }

        return type.GetFields(Members).Where(f => IsVisible(f.Attributes, type) && !IsGenerated(f)).Select(MemberText.Of)
            .Concat(type.GetProperties(Members).Where(p => p.GetAccessors(true).Any(a => IsVisible(a, type)) && !IsGenerated(p)).Select(p => MemberText.Of(p, a => IsVisible(a, type))))
            .Concat(type.GetEvents(Members).Where(e => IsVisible(e.AddMethod!, type)).Select(MemberText.Of))
            .Concat(type.GetConstructors(Members).Where(c => IsVisible(c, type) && !c.IsStatic && !IsImplicit(c)).Select(MemberText.Of))
            .Concat(type.GetMethods(Members).Where(m => IsVisible(m, type) && !IsAccessor(m) && !IsGenerated(m)).Select(MemberText.Of));
    }

    private static bool IsVisible(MethodBase method, Type type) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !type.IsSealed);

    private static bool IsVisible(FieldAttributes field, Type type) => (field & FieldAttributes.FieldAccessMask) switch
    {
        FieldAttributes.Public => true,
        FieldAttributes.Family or FieldAttributes.FamORAssem => !type.IsSealed,
        _ => false,
    };

    /// <summary>What the compiler adds to records is the same for every record and is not listed.</summary>
    private static bool IsGenerated(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.StartsWith('<');

    private static bool IsImplicit(ConstructorInfo constructor) =>
        constructor.DeclaringType!.IsValueType && constructor.GetParameters().Length == 0;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);
}
