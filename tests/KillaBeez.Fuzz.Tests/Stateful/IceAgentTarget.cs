using KillaBeez.Fuzz.Tests.Parsers;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>The ICE agent.</summary>
internal sealed class IceAgentTarget : StatefulTarget<IceWorld>
{
    public override string Name => "ice-agent";

    public override IReadOnlyList<byte[]> Tokens => DescriptionTargets.CandidateWords;

    protected override IceWorld Create(byte options) => new(options);

    public override IEnumerable<byte[]> Seeds()
    {
        for (byte options = 0; options < 4; options++)
        {
            foreach (var list in Lists())
            {
                yield return [options, .. list.ToArray()];
            }
        }
    }

    private static OperationList Connected() => new OperationList()
        .Add(IceOperation.Describe)
        .Add(IceOperation.RemoteCandidate, 0, 0, 0x7E, 0, 0, 1)
        .Add(IceOperation.Answer)
        .Add(IceOperation.Check, 0, 2, 0x6E, 0, 0, 1, 0, 1);

    private static IEnumerable<OperationList> Lists()
    {
        yield return Connected().Repeat(8, l => l.Add(IceOperation.Deadline).Add(IceOperation.Answer));
        yield return Connected().Repeat(30, l => l.Add(IceOperation.Deadline));
        yield return Connected().Add(IceOperation.Restart).Add(IceOperation.Describe).Add(IceOperation.Check, 4, 2).Add(IceOperation.Answer).Add(IceOperation.Deadline);
        yield return new OperationList().Add(IceOperation.Check, 0, 2).Add(IceOperation.Check, 4).Add(IceOperation.Describe).Add(IceOperation.Answer);
        yield return new OperationList().Add(IceOperation.Describe, 1).Add(IceOperation.RemoteCandidate, 8).Add(IceOperation.Time, 1, 0).Add(IceOperation.Answer, 0, 2).Add(IceOperation.Answer, 0, 4);
        yield return new OperationList().Add(IceOperation.Describe).Add(IceOperation.Check, 0, 1, 0, 0, 0, 1).Add(IceOperation.Check, 0, 5).Add(IceOperation.Check, 0, 8).Add(IceOperation.ForgedCheck, 4).Add(IceOperation.ForgedCheck, 4, 2);
        yield return new OperationList().Add(IceOperation.Describe).Repeat(40, l => l.Add(IceOperation.RemoteCandidate, (byte)(l.ToArray().Length * 4), 1).Add(IceOperation.Deadline)).Add(IceOperation.EndOfCandidates).Add(IceOperation.Time, 0xFF, 0xFF);
        yield return new OperationList().Add(IceOperation.LocalCandidate, 1).Add(IceOperation.LocalCandidate, 2).Add(IceOperation.Describe).Add(IceOperation.Line, [.. DescriptionTargets.Candidates().First()]).Add(IceOperation.Line, [.. DescriptionTargets.Candidates().Last()]).Repeat(9, l => l.Add(IceOperation.Deadline));
        yield return new OperationList().Add(IceOperation.LocalCandidate, 4).Add(IceOperation.LocalCandidate, 8).Add(IceOperation.Describe).Add(IceOperation.RemoteCandidate, 4, 32, 1).Add(IceOperation.Answer).Add(IceOperation.Check, 8, 18, 1).Add(IceOperation.Answer).Repeat(6, l => l.Add(IceOperation.Deadline).Add(IceOperation.Answer));
        yield return Connected().Add(IceOperation.Traffic).Add(IceOperation.Replay).Add(IceOperation.Role, 1).Add(IceOperation.Close).Add(IceOperation.Check);
        yield return Connected().Add(IceOperation.Raw, [0, 0, .. new byte[20], 0, 6, 0, 4, 1, 2, 3, 4, 0, 8, 0, 20, .. new byte[20], 0x80, 0x28, 0, 4, 0, 0, 0, 0]);
        yield return Connected().Add(IceOperation.Time, 0x80, 0).Repeat(12, l => l.Add(IceOperation.Deadline).Add(IceOperation.Check, 4));
    }
}
