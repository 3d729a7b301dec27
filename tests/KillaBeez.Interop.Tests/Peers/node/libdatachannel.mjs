// libdatachannel through node-datachannel, by its own API: its W3C layer would be one more thing under test.
import { Agent } from './agent.mjs';
import { requirePeer, serve, versionOf } from './stdio.mjs';

const library = requirePeer('node-datachannel');

class NativeChannel {
  constructor(channel, init = {}) {
    this.channel = channel;
    this.label = channel.getLabel();
    this.protocol = channel.getProtocol();
    Object.assign(this, init);
    channel.onOpen(() => this.onopen?.());
    channel.onClosed(() => this.onclose?.());
    channel.onBufferedAmountLow(() => this.onlow?.());
    channel.onMessage((data) => this.onmessage?.(data instanceof ArrayBuffer ? new Uint8Array(data) : data));
  }

  send(data) {
    if (typeof data === 'string') this.channel.sendMessage(data);
    else this.channel.sendMessageBinary(data);
  }

  bufferedAmount() { return this.channel.bufferedAmount(); }

  setLow(bytes) { this.channel.setBufferedAmountLowThreshold(bytes); }

  close() { this.channel.close(); }
}

class NativeLink {
  constructor() {
    const connection = new library.PeerConnection('peer', { iceServers: [], disableAutoNegotiation: true });
    this.connection = connection;
    const gathered = new Promise((resolve) => { this.onGathered = resolve; });
    this.describe = async (type, trickle) => {
      this.trickles = trickle;
      const described = new Promise((resolve) => connection.onLocalDescription(resolve));
      connection.setLocalDescription(type);
      const sdp = await described;
      if (trickle) return sdp;
      await gathered;
      return connection.localDescription().sdp;
    };
    connection.onLocalCandidate((candidate) => { if (this.trickles) this.oncandidate?.(candidate); });
    connection.onGatheringStateChange((state) => {
      if (state !== 'complete') return;
      if (this.trickles) this.oncandidate?.('');
      this.onGathered();
    });
    connection.onStateChange((state) => {
      if (['failed', 'closed', 'disconnected'].includes(state)) this.onclosed?.();
    });
    connection.onDataChannel((channel) => this.onchannel(new NativeChannel(channel)));
  }

  createChannel(label, { ordered = true, ...init }) {
    return new NativeChannel(this.connection.createDataChannel(label, { unordered: !ordered, ...init }));
  }

  offer(trickle) { return this.describe('offer', trickle); }

  answer(sdp, trickle) {
    this.connection.setRemoteDescription(sdp, 'offer');
    return this.describe('answer', trickle);
  }

  setAnswer(sdp) { this.connection.setRemoteDescription(sdp, 'answer'); }

  // The library has no word for the end of candidates.
  addCandidate(candidate) { if (candidate) this.connection.addRemoteCandidate(candidate, '0'); }

  close() { this.connection.close(); }
}

serve(
  'libdatachannel',
  `${library.getLibraryVersion()} (node-datachannel ${versionOf('node-datachannel')})`,
  (write) => new Agent(() => new NativeLink(), write),
);
