namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>An input that violates an oracle, and all it takes to see it again.</summary>
internal sealed record Finding
{
    public required string Target { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Which execution of this seed it was.</summary>
    public required long Execution { get; init; }

    /// <summary>Says what kind of violation it is: two findings of one kind are counted once.</summary>
    public required string Kind { get; init; }

    public required string Message { get; init; }

    public required byte[] Input { get; init; }

    /// <summary>The smallest input found that violates the same oracle.</summary>
    public required byte[] Shrunk { get; init; }

    /// <summary>The command that shows it again; by the seed where no single input is to blame.</summary>
    public string Command => Input.Length > 0
        ? $"./killabeez fuzz --target {Target} --input {Convert.ToHexStringLower(Shrunk)}"
        : $"./killabeez fuzz --target {Target} --seed {Seed}";

    public override string ToString() =>
        $"""
        {Target}: {Message}
          seed {Seed}, execution {Execution}, {Input.Length} bytes, shrunk to {Shrunk.Length}
          input {Convert.ToHexStringLower(Shrunk)}
          again {Command}
        """;
}
