// A link over anything that offers the W3C's RTCPeerConnection.

// What older versions of libwebrtc say for "without limit".
const limit = (value) => (value === 65535 ? null : value ?? null);

class W3cChannel {
  constructor(channel) {
    this.channel = channel;
    this.label = channel.label;
    this.protocol = channel.protocol;
    this.ordered = channel.ordered;
    this.maxRetransmits = limit(channel.maxRetransmits);
    this.maxPacketLifeTime = limit(channel.maxPacketLifeTime);
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => this.onopen?.();
    channel.onclose = () => this.onclose?.();
    channel.addEventListener('bufferedamountlow', () => this.onlow?.());
    channel.onmessage = ({ data }) => this.onmessage?.(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
  }

  // Some are open when they are made on a connection that is up, and say nothing about it later.
  get isOpen() { return this.channel.readyState === 'open'; }

  send(data) { this.channel.send(data); }

  bufferedAmount() { return this.channel.bufferedAmount; }

  setLow(bytes) { this.channel.bufferedAmountLowThreshold = bytes; }

  close() { this.channel.close(); }
}

export class W3cLink {
  // Older stacks do not take their own offer back when another comes, but do so when asked.
  constructor(connection, { rollsBackByItself = true } = {}) {
    this.connection = connection;
    this.rollsBackByItself = rollsBackByItself;
    this.gathered = new Promise((resolve) => { this.onGathered = resolve; });
    connection.onicecandidate = ({ candidate }) => {
      if (this.trickles) this.oncandidate?.(candidate?.candidate ?? '');
      if (!candidate?.candidate) this.onGathered();
    };
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState === 'complete') this.onGathered();
    };
    connection.onconnectionstatechange = () => {
      if (['failed', 'closed', 'disconnected'].includes(connection.connectionState)) this.onclosed?.();
    };
    connection.ondatachannel = ({ channel }) => this.onchannel(new W3cChannel(channel));
  }

  createChannel(label, init) { return new W3cChannel(this.connection.createDataChannel(label, init)); }

  async offer(trickle) {
    return this.describe(await this.connection.createOffer(), trickle);
  }

  async answer(sdp, trickle) {
    if (this.connection.signalingState === 'have-local-offer' && !this.rollsBackByItself) {
      await this.connection.setLocalDescription({ type: 'rollback', sdp: '' });
    }
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    return this.describe(await this.connection.createAnswer(), trickle);
  }

  async restart() {
    this.gathered = new Promise((resolve) => { this.onGathered = resolve; });
    return this.describe(await this.connection.createOffer({ iceRestart: true }), false);
  }

  async describe(description, trickle) {
    this.trickles = trickle;
    await this.connection.setLocalDescription(description);
    if (trickle) return this.connection.localDescription.sdp;
    if (this.connection.iceGatheringState !== 'complete') await this.gathered;
    return this.connection.localDescription.sdp;
  }

  setAnswer(sdp) { return this.connection.setRemoteDescription({ type: 'answer', sdp }); }

  addCandidate(candidate) {
    return this.connection.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
  }

  close() { return this.connection.close(); }
}
