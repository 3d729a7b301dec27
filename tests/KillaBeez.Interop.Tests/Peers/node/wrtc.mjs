// libwebrtc as a Node.js module.
import { Agent } from './agent.mjs';
import { requirePeer, serve, versionOf } from './stdio.mjs';
import { W3cLink } from './w3c.mjs';

const { RTCPeerConnection } = requirePeer('@roamhq/wrtc');

serve('wrtc', versionOf('@roamhq/wrtc'), (write) => new Agent(() => new W3cLink(new RTCPeerConnection({ iceServers: [] }), { rollsBackByItself: false }), write));
