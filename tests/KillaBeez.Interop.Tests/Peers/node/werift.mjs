import { Agent } from './agent.mjs';
import { requirePeer, serve, versionOf } from './stdio.mjs';
import { W3cLink } from './w3c.mjs';

const { RTCPeerConnection } = requirePeer('werift');

class WeriftLink extends W3cLink {
  // Until then it does not know which stream ids are its own, and a new channel ends the process.
  async ready() {
    while (this.connection.sctpTransport.dataChannelId === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

serve('werift', versionOf('werift'), (write) => new Agent(() => new WeriftLink(new RTCPeerConnection({ iceServers: [] })), write));
