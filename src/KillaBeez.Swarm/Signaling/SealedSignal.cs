using KillaBeez.Swarm.Signaling.Json;

namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// A signal as it travels: anyone can check who sent it, to whom and when; only the receiver can read it. A value
/// that exists is well-formed; whether it is genuine, fresh and new is for <see cref="SignalGate"/> to say.
/// <para>
/// The canonical bytes, which are signed, and the compact form (canonical bytes, then the signature):
/// <code>
/// +-----------+-------+---------+-------+------------+------------+------------------+- - - -+--------------+
/// | version 1 | to 32 | from 32 | id 16 | created 8  | expires 8  | ephemeral key 32 | box   | signature 64 |
/// +-----------+-------+---------+-------+------------+------------+------------------+- - - -+--------------+
/// </code>
/// </para>
/// </summary>
internal sealed record SealedSignal
{
    public const byte Version = 1;
    public const int EphemeralKeyBytes = 32;
    public const int SignatureBytes = 64;

    /// <summary>Everything before the box: what the box is bound to.</summary>
    internal const int EnvelopeBytes = 1 + PeerId.SizeBytes + PeerId.SizeBytes + SignalId.SizeBytes + 8 + 8 + EphemeralKeyBytes;

    /// <summary>The shortest box: a content without a body, and the tag.</summary>
    internal const int MinimumBoxBytes = SignalContent.HeaderBytes + BoxOverheadBytes;

    internal const int MaximumBoxBytes = MinimumBoxBytes + SignalLimits.MaximumBodyBytes;

    internal const int BoxOverheadBytes = Sodium.XChaCha20Poly1305.TagBytes;

    /// <summary>Whom it is for.</summary>
    public required PeerId To { get; init; }

    /// <summary>Who claims to have sent it.</summary>
    public required PeerId From { get; init; }

    /// <summary>Its name.</summary>
    public required SignalId Id { get; init; }

    /// <summary>When it was made, in milliseconds of Unix time by the sender's clock; never negative.</summary>
    public required long CreatedUnixMs { get; init; }

    /// <summary>When it is worthless; not before <see cref="CreatedUnixMs"/>.</summary>
    public required long ExpiresUnixMs { get; init; }

    /// <summary>The sender's one-time X25519 key.</summary>
    public required ReadOnlyMemory<byte> EphemeralKey { get; init; }

    /// <summary>The sealed content.</summary>
    public required ReadOnlyMemory<byte> Box { get; init; }

    /// <summary>The sender's signature over the canonical bytes.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The size of the compact form.</summary>
    public int BinaryBytes => EnvelopeBytes + Box.Length + SignatureBytes;

    /// <summary>Reads the JSON form. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out SealedSignal? signal, out SignalParseError error) =>
        SealedSignalJson.TryParse(utf8Json, out signal, out error);

    /// <summary>The JSON form, UTF-8.</summary>
    public byte[] ToJson() => SealedSignalJson.ToJson(this);

    /// <summary>Reads the compact form, which must fill <paramref name="bytes"/>. Never throws.</summary>
    public static bool TryParseBinary(ReadOnlySpan<byte> bytes, out SealedSignal? signal, out SignalParseError error)
    {
        signal = null;
        error = SignalParseError.None;
        if (bytes.Length > EnvelopeBytes + MaximumBoxBytes + SignatureBytes)
        {
            error = SignalParseError.TooLarge;
            return false;
        }

        var reader = new SpanReader(bytes);
        reader.TryReadByte(out var version);
        reader.TryReadBytes(PeerId.SizeBytes, out var to);
        reader.TryReadBytes(PeerId.SizeBytes, out var from);
        reader.TryReadBytes(SignalId.SizeBytes, out var id);
        reader.TryReadUInt64(out var created);
        reader.TryReadUInt64(out var expires);
        reader.TryReadBytes(EphemeralKeyBytes, out var ephemeralKey);
        var boxBytes = reader.Remaining - SignatureBytes;
        if (reader.Failed || boxBytes < MinimumBoxBytes)
        {
            error = SignalParseError.Truncated;
            return false;
        }

        reader.TryReadBytes(boxBytes, out var box);
        if (version != Version)
        {
            error = SignalParseError.UnsupportedVersion;
            return false;
        }

        if (!AreTimes(created, expires))
        {
            error = SignalParseError.MissingOrMalformedField;
            return false;
        }

        signal = new SealedSignal
        {
            To = new PeerId(to),
            From = new PeerId(from),
            Id = new SignalId(id),
            CreatedUnixMs = (long)created,
            ExpiresUnixMs = (long)expires,
            EphemeralKey = ephemeralKey.ToArray(),
            Box = box.ToArray(),
            Signature = reader.Rest.ToArray(),
        };
        return true;
    }

    /// <summary>Writes the compact form.</summary>
    /// <param name="destination">At least <see cref="BinaryBytes"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public int WriteBinary(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        WriteEnvelope(writer.Reserve(EnvelopeBytes));
        writer.WriteBytes(Box.Span);
        writer.WriteBytes(Signature.Span);
        return writer.Position;
    }

    /// <summary>The compact form in a new array.</summary>
    public byte[] ToBinary()
    {
        var bytes = new byte[BinaryBytes];
        WriteBinary(bytes);
        return bytes;
    }

    /// <summary>Whether the signature is the sender's over exactly these fields.</summary>
    public bool HasValidSignature()
    {
        var bytes = ToBinary();
        return KeyPair.Verify(From, SignaturePurpose.Signal, bytes.AsSpan(0, bytes.Length - SignatureBytes), Signature.Span);
    }

    internal void WriteEnvelope(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte(Version);
        To.CopyTo(writer.Reserve(PeerId.SizeBytes));
        From.CopyTo(writer.Reserve(PeerId.SizeBytes));
        Id.CopyTo(writer.Reserve(SignalId.SizeBytes));
        writer.WriteUInt64((ulong)CreatedUnixMs);
        writer.WriteUInt64((ulong)ExpiresUnixMs);
        writer.WriteBytes(EphemeralKey.Span);
    }

    /// <summary>Times are milliseconds that fit a browser's exact integers (2^53 - 1), in order.</summary>
    internal static bool AreTimes(ulong created, ulong expires) => created <= expires && expires < 1UL << 53;
}
