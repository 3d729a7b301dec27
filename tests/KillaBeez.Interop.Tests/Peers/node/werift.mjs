import { Agent } from './agent.mjs';
import { requirePeer, serve, versionOf } from './stdio.mjs';
import { W3cLink } from './w3c.mjs';

const { RTCPeerConnection } = requirePeer('werift');

serve('werift', versionOf('werift'), (write) => new Agent(() => new W3cLink(new RTCPeerConnection({ iceServers: [] })), write));
