using KillaBeez.Sodium;

namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// Seals a content for one receiver and opens it there. Key and nonce of the box (XChaCha20-Poly1305) are the 32 + 24
/// bytes of <c>BLAKE2b-56("killabeez/1/signal-box" 00 || X25519(ephemeral, receiver) || receiver's X25519 key || envelope)</c>,
/// where the envelope is the canonical bytes before the box; it is also the associated data. So a box fits no
/// other envelope: nobody can put his own name on a box that he cannot read.
/// </summary>
internal static class SignalSealer
{
    private const int DerivedBytes = XChaCha20Poly1305.KeyBytes + XChaCha20Poly1305.NonceBytes;

    private static ReadOnlySpan<byte> Domain => "killabeez/1/signal-box\0"u8;

    /// <summary>Seals and signs. The signal lives for <see cref="SignalLimits.MaximumLifetimeMs"/>.</summary>
    /// <param name="from">The sender's pair; stays the caller's.</param>
    /// <param name="to">The receiver; must be a valid key.</param>
    /// <param name="content">What it says.</param>
    /// <param name="nowUnixMs">The sender's clock.</param>
    /// <param name="random">A cryptographic source in production: the ephemeral key and the id come from it.</param>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.InvalidKey"/>: <paramref name="to"/> is no public key.</exception>
    /// <exception cref="ArgumentException">The body is too long.</exception>
    public static SealedSignal Seal(KeyPair from, PeerId to, SignalContent content, long nowUnixMs, IRandomSource random)
    {
        Span<byte> receiverKey = stackalloc byte[X25519.KeyBytes];
        if (!KeyPair.TryToX25519(to, receiverKey))
        {
            throw new KillaBeezException(KillaBeezError.InvalidKey, $"{to} is not a public key that anybody can hold.");
        }

        Span<byte> id = stackalloc byte[SignalId.SizeBytes];
        random.Fill(id);
        using var ephemeral = X25519PrivateKey.Generate(random);
        var plaintext = content.ToBytes();
        var box = new byte[plaintext.Length + SealedSignal.BoxOverheadBytes];
        var signature = new byte[SealedSignal.SignatureBytes];
        var signal = new SealedSignal
        {
            To = to,
            From = from.Id,
            Id = new SignalId(id),
            CreatedUnixMs = nowUnixMs,
            ExpiresUnixMs = nowUnixMs + SignalLimits.MaximumLifetimeMs,
            EphemeralKey = ephemeral.PublicKey.ToArray(),
            Box = box,
            Signature = signature,
        };

        Span<byte> envelope = stackalloc byte[SealedSignal.EnvelopeBytes];
        signal.WriteEnvelope(envelope);
        Span<byte> derived = stackalloc byte[DerivedBytes];
        if (!TryDerive(ephemeral, receiverKey, receiverKey, envelope, derived))
        {
            throw new KillaBeezException(KillaBeezError.InvalidKey, $"{to} is not a public key that anybody can hold.");
        }

        XChaCha20Poly1305.Encrypt(derived[..XChaCha20Poly1305.KeyBytes], derived[XChaCha20Poly1305.KeyBytes..], envelope, plaintext, box);
        SodiumMemory.Zero(derived);
        SodiumMemory.Zero(plaintext);

        // The signal holds the arrays box and signature, which are filled before anybody else sees it.
        var canonical = signal.ToBinary().AsSpan(0, signal.BinaryBytes - SealedSignal.SignatureBytes);
        from.Sign(SignaturePurpose.Signal, canonical, signature);
        return signal;
    }

    /// <summary>
    /// Checks the signature and opens the box. Freshness is not checked here: pass the signal through a
    /// <see cref="SignalGate"/> first.
    /// </summary>
    public static bool TryOpen(KeyPair me, SealedSignal signal, out SignalContent? content, out SignalOpenError error)
    {
        content = null;
        error = OpenError(me, signal, ref content);
        return error == SignalOpenError.None;
    }

    private static SignalOpenError OpenError(KeyPair me, SealedSignal signal, ref SignalContent? content)
    {
        if (signal.To != me.Id)
        {
            return SignalOpenError.NotForMe;
        }

        if (!signal.HasValidSignature())
        {
            return SignalOpenError.BadSignature;
        }

        Span<byte> envelope = stackalloc byte[SealedSignal.EnvelopeBytes];
        Span<byte> derived = stackalloc byte[DerivedBytes];
        signal.WriteEnvelope(envelope);
        using var mine = me.ToX25519();
        if (!TryDerive(mine, signal.EphemeralKey.Span, mine.PublicKey, envelope, derived))
        {
            return SignalOpenError.BadEphemeralKey;
        }

        var plaintext = new byte[signal.Box.Length - SealedSignal.BoxOverheadBytes];
        var opened = XChaCha20Poly1305.TryDecrypt(derived[..XChaCha20Poly1305.KeyBytes], derived[XChaCha20Poly1305.KeyBytes..], envelope, signal.Box.Span, plaintext, out _);
        SodiumMemory.Zero(derived);
        if (!opened)
        {
            return SignalOpenError.BadBox;
        }

        return SignalContent.TryParse(plaintext, out content) ? SignalOpenError.None : SignalOpenError.BadContent;
    }

    private static bool TryDerive(X25519PrivateKey own, ReadOnlySpan<byte> peerKey, ReadOnlySpan<byte> receiverKey, ReadOnlySpan<byte> envelope, Span<byte> derived)
    {
        Span<byte> shared = stackalloc byte[X25519.SharedSecretBytes];
        if (!own.Agree(peerKey, shared))
        {
            return false;
        }

        Span<byte> memory = stackalloc byte[Blake2bState.MemoryBytes];
        var state = Blake2bState.Start(memory, default, derived.Length);
        state.Append(Domain);
        state.Append(shared);
        state.Append(receiverKey);
        state.Append(envelope);
        state.Finish(derived);
        SodiumMemory.Zero(shared);
        return true;
    }
}
