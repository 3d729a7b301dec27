// The scriptable peer: one JSON object a line in, one a line out. What a stack must do is in Link (see w3c.mjs), so
// that this file is the same for all of them. It runs in Node.js and in a web page, and uses nothing of either.

const ECHO = 'echo';
const SINK = 'sink';
const NUMBERED = 'sink:numbered';
const END = 'end';
const DONE = 'done:';

const lengthOf = (data) => (typeof data === 'string' ? data.length : data.byteLength);

// One data channel: sends back what comes, or counts it, as the other side asks by text messages.
class Channel {
  constructor(raw, report) {
    this.raw = raw;
    this.report = report;
    this.mode = ECHO;
    this.counted = 0;
    this.expected = 0;
    this.waiting = [];
    this.finished = null;
    this.wake = null;
    raw.onmessage = (data) => this.receive(data);
    raw.onlow = () => this.wake?.();
    raw.onclose = () => {
      this.isClosed = true;
      this.wake?.();
      report('chclosed', {});
    };
  }

  receive(data) {
    if (typeof data === 'string') {
      if (data === ECHO || data === SINK || data === NUMBERED) {
        this.mode = data;
        this.counted = 0;
        this.expected = 0;
        return;
      }
      if (data === END) {
        this.raw.send(DONE + this.counted);
        this.mode = ECHO;
        return;
      }
      if (data.startsWith(DONE)) {
        this.finished?.(Number(data.slice(DONE.length)));
        return;
      }
    }
    if (this.mode === ECHO) {
      this.raw.send(data);
    } else if (this.mode === SINK || this.isNext(data)) {
      this.counted += lengthOf(data);
    }
  }

  // Messages of a numbered sink begin with their number, so that a lost, doubled or misplaced one is noticed.
  isNext(data) {
    if (typeof data === 'string' || data.byteLength < 4) return false;
    return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0) === this.expected++;
  }

  async send({ size, total, numbered, high = 1 << 20, low = 1 << 18, maxSec = 60 }) {
    const started = performance.now();
    const deadline = started + maxSec * 1000;
    const finished = new Promise((resolve) => { this.finished = resolve; });
    this.raw.setLow(low);
    this.raw.send(numbered ? NUMBERED : SINK);
    let sent = 0;
    for (let number = 0; sent < total && !this.isClosed && performance.now() < deadline; number++) {
      const message = new Uint8Array(Math.min(size, Math.max(total - sent, 4)));
      if (message.byteLength >= 4) new DataView(message.buffer).setUint32(0, number);
      this.raw.send(message);
      sent += message.byteLength;
      if (this.raw.bufferedAmount() > high) {
        await new Promise((resolve) => {
          const timer = setInterval(() => { if (this.raw.bufferedAmount() <= low || this.isClosed) this.wake(); }, 50);
          this.wake = () => { clearInterval(timer); this.wake = null; resolve(); };
        });
      } else if ((number & 15) === 15) {
        // Stacks that live on this thread must get to run.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    this.raw.send(END);
    const got = await finished;
    this.report('sent', { sent, got, ms: performance.now() - started });
  }

  async ping({ size, count }) {
    const times = [];
    this.raw.send(ECHO);
    const message = new Uint8Array(size);
    for (let i = -200; i < count; i++) {
      const started = performance.now();
      await new Promise((resolve) => {
        this.raw.onmessage = resolve;
        this.raw.send(message);
      });
      if (i >= 0) times.push(performance.now() - started);
    }
    this.raw.onmessage = (data) => this.receive(data);
    times.sort((a, b) => a - b);
    const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    this.report('pinged', { p50: at(0.5), p99: at(0.99), mean, min: times[0] });
  }
}

class Connection {
  constructor(id, link, emit) {
    this.id = id;
    this.link = link;
    this.emit = (ev, more) => emit({ ev, id, ...more });
    this.channels = new Map();
    this.started = performance.now();
    link.oncandidate = (candidate) => this.emit('candidate', { candidate });
    link.onclosed = () => this.emit('closed', {});
    link.onchannel = (raw) => {
      this.add(raw);
      const { label, protocol, ordered, maxRetransmits, maxPacketLifeTime } = raw;
      this.emit('ropen', { label, protocol, ordered, maxRetransmits, maxPacketLifeTime });
    };
  }

  add(raw) {
    const channel = new Channel(raw, (ev, more) => this.emit(ev, { label: raw.label, ...more }));
    this.channels.set(raw.label, channel);
    return channel;
  }

  open({ label = 'data', ...init }) {
    const raw = this.link.createChannel(label, init);
    const started = this.started;
    this.add(raw);
    raw.onopen = () => {
      raw.onopen = null;
      this.emit('open', { label, ms: performance.now() - started });
    };
    if (raw.isOpen) raw.onopen();
  }

  channel({ label }) {
    const channel = label === undefined ? this.channels.values().next().value : this.channels.get(label);
    if (!channel) throw new Error(`there is no channel ${label}`);
    return channel;
  }
}

export class Agent {
  constructor(createLink, write) {
    this.createLink = createLink;
    this.write = write;
    this.connections = new Map();
  }

  async handle(line) {
    const command = JSON.parse(line);
    try {
      await this.run(command);
    } catch (error) {
      this.write({ ev: 'error', id: command.id, msg: String(error?.message ?? error) });
    }
  }

  async run(command) {
    const { cmd, id, sdp, trickle = false } = command;
    switch (cmd) {
      case 'offer': {
        const connection = this.connect(id);
        connection.open(command.channel ?? {});
        this.write({ ev: 'offer', id, sdp: await connection.link.offer(trickle) });
        break;
      }
      case 'answer':
        this.write({ ev: 'answer', id, sdp: await this.connect(id).link.answer(sdp, trickle) });
        break;
      case 'setanswer': return this.get(id).link.setAnswer(sdp);
      case 'candidate': return this.get(id).link.addCandidate(command.candidate);
      case 'restart': {
        this.write({ ev: 'offer', id, sdp: await this.get(id).link.restart() });
        break;
      }
      case 'reanswer': {
        this.write({ ev: 'answer', id, sdp: await this.get(id).link.answer(sdp, false) });
        break;
      }
      case 'open': {
        const connection = this.get(id);
        await connection.link.ready?.();
        return connection.open(command.channel);
      }
      case 'send': return this.get(id).channel(command).send(command);
      case 'ping': return this.get(id).channel(command).ping(command);
      case 'closechannel': return this.get(id).channel(command).raw.close();
      case 'close': {
        this.get(id).link.close();
        this.connections.delete(id);
        this.write({ ev: 'closed', id });
        break;
      }
      default: throw new Error(`unknown command ${cmd}`);
    }
  }

  connect(id) {
    const connection = new Connection(id, this.createLink(), this.write);
    this.connections.set(id, connection);
    return connection;
  }

  get(id) {
    const connection = this.connections.get(id);
    if (!connection) throw new Error(`there is no connection ${id}`);
    return connection;
  }
}
