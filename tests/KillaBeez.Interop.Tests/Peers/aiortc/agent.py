"""The scriptable peer on aiortc; the protocol is that of ../node/agent.mjs."""

import asyncio
import json
import struct
import sys
import time

import aiortc
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

ECHO, SINK, NUMBERED, END, DONE = "echo", "sink", "sink:numbered", "end", "done:"


def write(event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Channel:
    """Sends back what comes, or counts it, as the other side asks by text messages."""

    def __init__(self, connection, raw):
        self.raw = raw
        self.mode = ECHO
        self.counted = 0
        self.expected = 0
        self.finished = None
        self.low = asyncio.Event()
        self.report = lambda ev, **more: connection.report(ev, label=raw.label, **more)
        raw.on("message", self.receive)
        raw.on("bufferedamountlow", self.low.set)
        raw.on("close", self.closed)

    def closed(self):
        self.low.set()
        self.report("chclosed")

    def receive(self, data):
        if isinstance(data, str):
            if data in (ECHO, SINK, NUMBERED):
                self.mode, self.counted, self.expected = data, 0, 0
                return
            if data == END:
                self.raw.send(DONE + str(self.counted))
                self.mode = ECHO
                return
            if data.startswith(DONE):
                if self.finished:
                    self.finished.set_result(int(data[len(DONE):]))
                return
        if self.mode == ECHO:
            self.raw.send(data)
        elif self.mode == SINK or self.is_next(data):
            self.counted += len(data)

    def is_next(self, data):
        if isinstance(data, str) or len(data) < 4:
            return False
        expected = self.expected
        self.expected += 1
        return struct.unpack_from(">I", data)[0] == expected

    async def send(self, size, total, numbered=False, high=1 << 20, low=1 << 18, maxSec=60, **_):
        started = time.monotonic()
        self.finished = asyncio.get_running_loop().create_future()
        self.raw.bufferedAmountLowThreshold = low
        self.raw.send(NUMBERED if numbered else SINK)
        sent = number = 0
        while sent < total and self.raw.readyState == "open" and time.monotonic() < started + maxSec:
            message = bytearray(min(size, max(total - sent, 4)))
            struct.pack_into(">I", message, 0, number)
            self.raw.send(bytes(message))
            sent += len(message)
            number += 1
            if self.raw.bufferedAmount > high:
                self.low.clear()
                await self.low.wait()
        self.raw.send(END)
        got = await self.finished
        self.report("sent", sent=sent, got=got, ms=(time.monotonic() - started) * 1000)


class Connection:
    def __init__(self, id):
        self.id = id
        self.channels = {}
        self.started = time.monotonic()
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.on("datachannel", self.accepted)
        self.pc.on("connectionstatechange", self.changed)

    def report(self, ev, **more):
        write({"ev": ev, "id": self.id, **more})

    def changed(self):
        if self.pc.connectionState in ("failed", "closed"):
            self.report("closed")

    def accepted(self, raw):
        self.channels[raw.label] = Channel(self, raw)
        self.report(
            "ropen", label=raw.label, protocol=raw.protocol, ordered=raw.ordered,
            maxRetransmits=raw.maxRetransmits, maxPacketLifeTime=raw.maxPacketLifeTime)

    def open(self, label="data", ordered=True, maxRetransmits=None, maxPacketLifeTime=None, protocol=""):
        raw = self.pc.createDataChannel(
            label, ordered=ordered, maxRetransmits=maxRetransmits, maxPacketLifeTime=maxPacketLifeTime, protocol=protocol)
        self.channels[label] = Channel(self, raw)
        raw.on("open", lambda: self.report("open", label=label, ms=(time.monotonic() - self.started) * 1000))

    async def describe(self, description):
        # Gathering is part of it: this stack does not trickle.
        await self.pc.setLocalDescription(description)
        return self.pc.localDescription.sdp

    def channel(self, label=None, **_):
        return next(iter(self.channels.values())) if label is None else self.channels[label]


class Agent:
    def __init__(self):
        self.connections = {}

    async def handle(self, command):
        id = command.pop("id")
        try:
            await self.run(command.pop("cmd"), id, command)
        except Exception as error:
            write({"ev": "error", "id": id, "msg": repr(error)})

    async def run(self, cmd, id, command):
        if cmd in ("offer", "answer"):
            connection = self.connections[id] = Connection(id)
            if cmd == "offer":
                connection.open(**command.get("channel", {}))
                description = await connection.pc.createOffer()
            else:
                await connection.pc.setRemoteDescription(RTCSessionDescription(command["sdp"], "offer"))
                description = await connection.pc.createAnswer()
            write({"ev": cmd, "id": id, "sdp": await connection.describe(description)})
            return
        connection = self.connections[id]
        if cmd == "reanswer":
            await connection.pc.setRemoteDescription(RTCSessionDescription(command["sdp"], "offer"))
            write({"ev": "answer", "id": id, "sdp": await connection.describe(await connection.pc.createAnswer())})
        elif cmd == "setanswer":
            await connection.pc.setRemoteDescription(RTCSessionDescription(command["sdp"], "answer"))
        elif cmd == "candidate":
            await self.add_candidate(connection.pc, command["candidate"])
        elif cmd == "open":
            connection.open(**command["channel"])
        elif cmd == "send":
            await connection.channel(**command).send(**command)
        elif cmd == "closechannel":
            connection.channel(**command).raw.close()
        elif cmd == "close":
            del self.connections[id]
            await connection.pc.close()
            write({"ev": "closed", "id": id})
        else:
            raise ValueError(f"unknown command {cmd}")

    async def add_candidate(self, pc, text):
        if not text:
            # This version takes no None, which would be the end of candidates.
            return
        candidate = candidate_from_sdp(text.split(":", 1)[1])
        candidate.sdpMid = "0"
        # Without media it finds the transport by nothing else.
        candidate.sdpMLineIndex = 0
        await pc.addIceCandidate(candidate)


async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    agent = Agent()
    write({"ev": "ready", "peer": "aiortc", "version": aiortc.__version__})
    tasks = set()
    while line := await reader.readline():
        task = asyncio.create_task(agent.handle(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
