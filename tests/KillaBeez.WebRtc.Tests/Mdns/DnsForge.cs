using KillaBeez.WebRtc.Mdns;

namespace KillaBeez.WebRtc.Tests.Mdns;

/// <summary>Multicast responses as browsers, or somebody else on the link, would send them.</summary>
internal static class DnsForge
{
    public const ushort Response = 0x8400;

    public static byte[] Answer(params (string Name, string Address, uint TtlSeconds)[] records) => Message(Response, records);

    public static byte[] Message(ushort flags, params (string Name, string Address, uint TtlSeconds)[] records)
    {
        var writer = new SpanWriter(new byte[9000]);
        new DnsHeader(0, flags, 0, (ushort)records.Length, 0, 0).Write(ref writer);
        foreach (var (name, address, ttlSeconds) in records)
        {
            var ip = System.Net.IPAddress.Parse(address).GetAddressBytes();
            DnsName.Write(ref writer, name);
            writer.WriteUInt16(ip.Length == 4 ? DnsRecord.TypeA : DnsRecord.TypeAaaa);
            writer.WriteUInt16(DnsRecord.FlagBit | DnsRecord.ClassInternet);
            writer.WriteUInt32(ttlSeconds);
            writer.WriteUInt16((ushort)ip.Length);
            writer.WriteBytes(ip);
        }

        return writer.Written.ToArray();
    }

    /// <summary>Reads everything; the names and addresses, or the error.</summary>
    public static (List<(string Name, string? Address)> Records, DnsParseError Error) Read(byte[] message)
    {
        var read = new List<(string, string?)>();
        if (!DnsRecordReader.TryOpen(message, out var records, out var error))
        {
            return (read, error);
        }

        var name = new byte[MdnsLimits.MaxNameBytes];
        while (records.TryRead(name, out var length, out var record, out error))
        {
            read.Add((System.Text.Encoding.Latin1.GetString(name, 0, length), record.Address?.Address.ToString()));
        }

        return (read, error);
    }
}
