using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

/// <summary>
/// Reads whole session frames of both sides in the order they were sent and throws where one sends more than the
/// other can have granted.
/// </summary>
internal sealed class MuxWiretap
{
    private readonly Dictionary<(char Sender, uint Id), long> _credit = [];

    public void Observe(char sender, ReadOnlySpan<byte> frame)
    {
        var other = sender == 'A' ? 'B' : 'A';
        while (!frame.IsEmpty)
        {
            if (!MuxFrameHeader.TryParse(frame, out var header, out var error))
            {
                throw new InvalidOperationException($"{sender} sent a header that is {error}");
            }

            frame = frame[MuxFrameHeader.SizeBytes..];
            if (header.Type == MuxFrameType.Data)
            {
                var credit = _credit.GetValueOrDefault((sender, header.StreamId), MuxLimits.InitialWindowBytes) - header.Length;
                _credit[(sender, header.StreamId)] = credit;
                if (credit < 0)
                {
                    throw new InvalidOperationException($"{sender} exceeds the credit of {header.StreamId}");
                }

                frame = frame[(int)header.Length..];
            }
            else if (header.Type == MuxFrameType.WindowUpdate && !header.Has(MuxFlags.Rst))
            {
                _credit[(other, header.StreamId)] = _credit.GetValueOrDefault((other, header.StreamId), MuxLimits.InitialWindowBytes) + header.Length;
            }
        }
    }
}
