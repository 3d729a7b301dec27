namespace KillaBeez.WebRtc.Dtls;

/// <summary>
/// One DTLS association. In production OpenSSL; in deterministic tests a handshake without cryptography, because
/// OpenSSL's retransmission timer reads the system clock. One owner, no locks. Peer bytes never throw: what is
/// wrong ends in <see cref="DtlsState.Failed"/>.
/// </summary>
internal interface IDtlsEngine : IDisposable
{
    DtlsState State { get; }

    /// <summary>What failed, as a sentence for a person; null unless the state is <see cref="DtlsState.Failed"/>.</summary>
    string? FailureReason { get; }

    /// <summary>
    /// The peer's certificate (DER), empty before <see cref="DtlsState.Connected"/>. The owner compares its
    /// fingerprint before it reads or writes application data: the engine itself trusts any certificate.
    /// </summary>
    ReadOnlySpan<byte> PeerCertificate { get; }

    /// <summary>When <see cref="HandleTimeout"/> is due, or <see cref="Instant.Never"/>.</summary>
    Instant NextTimeout { get; }

    /// <summary>Begins the handshake.</summary>
    /// <param name="now">The time.</param>
    /// <param name="role">Who sends the ClientHello.</param>
    /// <param name="roundTripTime">What ICE measured on the path; sets the first retransmission timeout.</param>
    void Start(Instant now, DtlsRole role, TimeSpan? roundTripTime);

    /// <summary>Takes one UDP datagram of one or more records. Read application data before handing in the next.</summary>
    void HandleDatagram(Instant now, ReadOnlySpan<byte> datagram);

    void HandleTimeout(Instant now);

    /// <summary>The next datagram of the handshake, an alert or a retransmission. Call until false.</summary>
    bool TryPollTransmit(Span<byte> destination, out int written);

    /// <summary>The plaintext of the next record of application data. Call until false.</summary>
    bool TryReadApplicationData(Span<byte> destination, out int written);

    /// <summary>
    /// Seals one record straight into a datagram. False where the association is not connected.
    /// </summary>
    /// <param name="plaintext">At most 2^14 bytes.</param>
    /// <param name="datagram">At least the plaintext's length and <see cref="DtlsLimits.RecordOverheadBytes"/>.</param>
    /// <param name="written">The datagram's length.</param>
    bool TryWriteApplicationData(ReadOnlySpan<byte> plaintext, Span<byte> datagram, out int written);

    /// <summary>Queues close_notify; nothing can be read or written afterwards.</summary>
    void Close(Instant now);
}
