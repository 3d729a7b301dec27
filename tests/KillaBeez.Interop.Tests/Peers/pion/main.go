// The scriptable peer on pion; the protocol is that of ../node/agent.mjs.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"
)

const (
	echo     = "echo"
	sink     = "sink"
	numbered = "sink:numbered"
	end      = "end"
	done     = "done:"
)

type event map[string]interface{}

var out sync.Mutex

func write(e event) {
	line, _ := json.Marshal(e)
	out.Lock()
	defer out.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

type channelInit struct {
	Label             string
	Protocol          string
	Ordered           *bool
	MaxRetransmits    *uint16
	MaxPacketLifeTime *uint16
}

type command struct {
	Cmd       string
	ID        int
	Sdp       string
	Trickle   bool
	Candidate string
	Label     string
	Channel   channelInit
	Size      int
	Total     int64
	Numbered  bool
	High      uint64
	Low       uint64
	MaxSec    float64
}

// channel sends back what comes, or counts it, as the other side asks by text messages.
type channel struct {
	raw      *webrtc.DataChannel
	report   func(string, event)
	mode     string
	counted  int64
	expected uint32
	finished chan int64
	low      chan struct{}
}

func newChannel(c *connection, raw *webrtc.DataChannel) *channel {
	ch := &channel{raw: raw, mode: echo, finished: make(chan int64, 1), low: make(chan struct{}, 1)}
	ch.report = func(ev string, more event) {
		more["label"] = raw.Label()
		c.report(ev, more)
	}
	raw.OnMessage(ch.receive)
	raw.OnClose(func() { ch.report("chclosed", event{}) })
	raw.OnBufferedAmountLow(func() {
		select {
		case ch.low <- struct{}{}:
		default:
		}
	})
	return ch
}

func (ch *channel) receive(m webrtc.DataChannelMessage) {
	text := ""
	if m.IsString && len(m.Data) <= 32 {
		text = string(m.Data)
	}
	switch {
	case text == echo || text == sink || text == numbered:
		ch.mode, ch.counted, ch.expected = text, 0, 0
	case text == end:
		ch.raw.SendText(done + strconv.FormatInt(ch.counted, 10))
		ch.mode = echo
	case strings.HasPrefix(text, done):
		got, _ := strconv.ParseInt(text[len(done):], 10, 64)
		ch.finished <- got
	case ch.mode == echo && m.IsString:
		ch.raw.SendText(string(m.Data))
	case ch.mode == echo:
		ch.raw.Send(m.Data)
	case ch.mode == sink || ch.isNext(m):
		ch.counted += int64(len(m.Data))
	}
}

func (ch *channel) isNext(m webrtc.DataChannelMessage) bool {
	if m.IsString || len(m.Data) < 4 {
		return false
	}
	ch.expected++
	return binary.BigEndian.Uint32(m.Data) == ch.expected-1
}

func (ch *channel) send(c command) error {
	started := time.Now()
	high, low := uint64(1<<20), uint64(1<<18)
	if c.High > 0 {
		high, low = c.High, c.Low
	}
	ch.raw.SetBufferedAmountLowThreshold(low)
	first := sink
	if c.Numbered {
		first = numbered
	}
	if err := ch.raw.SendText(first); err != nil {
		return err
	}
	var sent int64
	for number := uint32(0); sent < c.Total && time.Since(started).Seconds() < c.MaxSec; number++ {
		message := make([]byte, c.Size)
		binary.BigEndian.PutUint32(message, number)
		if err := ch.raw.Send(message); err != nil {
			return err
		}
		sent += int64(len(message))
		for ch.raw.BufferedAmount() > high {
			select {
			case <-ch.low:
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if err := ch.raw.SendText(end); err != nil {
		return err
	}
	ch.report("sent", event{"sent": sent, "got": <-ch.finished, "ms": time.Since(started).Milliseconds()})
	return nil
}

type connection struct {
	id       int
	pc       *webrtc.PeerConnection
	lock     sync.Mutex
	channels map[string]*channel
	started  time.Time
	trickles bool
}

func connect(id int, trickle bool) (*connection, error) {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	c := &connection{id: id, pc: pc, channels: map[string]*channel{}, started: time.Now(), trickles: trickle}
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		switch {
		case !c.trickles:
		case candidate == nil:
			c.report("candidate", event{"candidate": ""})
		default:
			c.report("candidate", event{"candidate": candidate.ToJSON().Candidate})
		}
	})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
			c.report("closed", event{})
		}
	})
	pc.OnDataChannel(func(raw *webrtc.DataChannel) {
		c.add(raw)
		c.report("ropen", event{
			"label": raw.Label(), "protocol": raw.Protocol(), "ordered": raw.Ordered(),
			"maxRetransmits": raw.MaxRetransmits(), "maxPacketLifeTime": raw.MaxPacketLifeTime(),
		})
	})
	return c, nil
}

func (c *connection) report(ev string, more event) {
	more["ev"], more["id"] = ev, c.id
	write(more)
}

func (c *connection) add(raw *webrtc.DataChannel) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.channels[raw.Label()] = newChannel(c, raw)
}

func (c *connection) channel(label string) (*channel, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if ch, ok := c.channels[label]; ok {
		return ch, nil
	}
	return nil, fmt.Errorf("there is no channel %s", label)
}

func (c *connection) open(init channelInit) error {
	raw, err := c.pc.CreateDataChannel(init.Label, &webrtc.DataChannelInit{
		Ordered: init.Ordered, MaxRetransmits: init.MaxRetransmits, MaxPacketLifeTime: init.MaxPacketLifeTime, Protocol: &init.Protocol,
	})
	if err != nil {
		return err
	}
	c.add(raw)
	// Raised when the peer has acknowledged; until then the library sends ahead.
	raw.OnOpen(func() { c.report("open", event{"label": init.Label, "ms": time.Since(c.started).Milliseconds()}) })
	return nil
}

func (c *connection) describe(description webrtc.SessionDescription, err error) (string, error) {
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(description); err != nil {
		return "", err
	}
	if c.trickles {
		return description.SDP, nil
	}
	<-gathered
	return c.pc.LocalDescription().SDP, nil
}

type agent struct {
	lock        sync.Mutex
	connections map[int]*connection
}

func (a *agent) get(id int) (*connection, error) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if c, ok := a.connections[id]; ok {
		return c, nil
	}
	return nil, fmt.Errorf("there is no connection %d", id)
}

func (a *agent) begin(cmd command) error {
	c, err := connect(cmd.ID, cmd.Trickle)
	if err != nil {
		return err
	}
	a.lock.Lock()
	a.connections[cmd.ID] = c
	a.lock.Unlock()
	if cmd.Cmd == "offer" {
		if err := c.open(cmd.Channel); err != nil {
			return err
		}
	} else if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: cmd.Sdp}); err != nil {
		return err
	}
	c.present(cmd.Cmd, nil)
	return nil
}

// present makes an offer or an answer and reports it. What waits for gathering must not hold up the commands that follow.
func (c *connection) present(kind string, options *webrtc.OfferOptions) {
	go func() {
		var sdp string
		var err error
		if kind == "offer" {
			sdp, err = c.describe(c.pc.CreateOffer(options))
		} else {
			sdp, err = c.describe(c.pc.CreateAnswer(nil))
		}
		if err != nil {
			write(event{"ev": "error", "id": c.id, "msg": err.Error()})
			return
		}
		c.report(kind, event{"sdp": sdp})
	}()
}

func (a *agent) run(cmd command) error {
	if cmd.Cmd == "offer" || cmd.Cmd == "answer" {
		return a.begin(cmd)
	}
	c, err := a.get(cmd.ID)
	if err != nil {
		return err
	}
	switch cmd.Cmd {
	case "setanswer":
		return c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: cmd.Sdp})
	case "restart":
		c.trickles = false
		c.present("offer", &webrtc.OfferOptions{ICERestart: true})
		return nil
	case "reanswer":
		c.trickles = false
		if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: cmd.Sdp}); err != nil {
			return err
		}
		c.present("answer", nil)
		return nil
	case "candidate":
		return c.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: cmd.Candidate})
	case "open":
		return c.open(cmd.Channel)
	case "send":
		ch, err := c.channel(cmd.Label)
		if err != nil {
			return err
		}
		go func() {
			if err := ch.send(cmd); err != nil {
				write(event{"ev": "error", "id": cmd.ID, "msg": err.Error()})
			}
		}()
		return nil
	case "closechannel":
		ch, err := c.channel(cmd.Label)
		if err != nil {
			return err
		}
		return ch.raw.Close()
	case "close":
		a.lock.Lock()
		delete(a.connections, cmd.ID)
		a.lock.Unlock()
		err := c.pc.Close()
		c.report("closed", event{})
		return err
	}
	return fmt.Errorf("unknown command %s", cmd.Cmd)
}

func main() {
	a := &agent{connections: map[int]*connection{}}
	write(event{"ev": "ready", "peer": "pion", "version": os.Args[1]})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var cmd command
		err := json.Unmarshal(lines.Bytes(), &cmd)
		if err == nil {
			err = a.run(cmd)
		}
		if err != nil {
			write(event{"ev": "error", "id": cmd.ID, "msg": err.Error()})
		}
	}
}
