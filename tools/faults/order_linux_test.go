package faults

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An order reads from a trace in which order the intents of creates came to the
// disk and the creates left.
//
// strace tells the begin of a call before the call is let go, and its end after
// it has come. So what is told to have ended, before a write to a socket is told
// to begin, was over before the first byte could leave.
type order struct {
	page    []string // row keys of pages whose commit has not been written yet
	last    bool     // the frame being written is the last of its commit
	written map[string]bool
	syncing map[string][]string // what was written when a thread began to sync
	durable map[string]bool
	failed  bool     // a write or sync of the -wal file has failed
	sent    int      // creates
	early   []string // sent before their intent was durable
	after   []string // sent after something had failed
}

func newOrder() *order {
	return &order{written: map[string]bool{}, syncing: map[string][]string{}, durable: map[string]bool{}}
}

// orderFlags trace what an order takes.
var orderFlags = []string{"-y", "-xx", "-s", "4200", "-e", "trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg"}

const frameHeader = 24 // bytes; its second word is not 0 in the last frame of a commit

var (
	onFile   = regexp.MustCompile(`^\d+<((?:\\x[0-9a-f]{2})+)>`)
	quoted   = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
	rowKey   = regexp.MustCompile(`user-\d{6}`)
	sentKey  = regexp.MustCompile(`"external_id":"(user-\d{6})"`)
	stateWAL = stateName + "-wal"
)

// take takes a call of the trace.
func (o *order) take(c call) {
	file := ""
	if found := onFile.FindStringSubmatch(c.args); found != nil {
		file = unhex(found[1])
	}
	switch {
	case strings.HasSuffix(file, "/"+stateWAL):
		o.takeWAL(c)
	case strings.HasPrefix(file, "socket:") && !c.ended:
		o.takeSent(c)
	}
}

func (o *order) takeWAL(c call) {
	if c.ended && c.result < 0 {
		o.failed = true
		return
	}
	switch c.name {
	case "pwrite64":
		if c.ended {
			o.takeWrite(data(c))
		}
	case "fsync", "fdatasync":
		if !c.ended {
			o.syncing[c.thread] = keys(o.written)
			return
		}
		for _, key := range o.syncing[c.thread] {
			o.durable[key] = true
		}
	}
}

// takeWrite takes a piece of the -wal file: the header of a frame, or its page.
func (o *order) takeWrite(text string) {
	if len(text) == frameHeader {
		o.last = text[4:8] != "\x00\x00\x00\x00"
		return
	}
	o.page = append(o.page, rowKey.FindAllString(text, -1)...)
	if o.last {
		for _, key := range o.page {
			o.written[key] = true
		}
		o.page = nil
	}
}

func (o *order) takeSent(c call) {
	for _, found := range sentKey.FindAllStringSubmatch(data(c), -1) {
		o.sent++
		if key := found[1]; !o.durable[key] {
			o.early = append(o.early, key)
		}
		if o.failed {
			o.after = append(o.after, found[1])
		}
	}
}

func keys(set map[string]bool) (list []string) {
	for key := range set {
		list = append(list, key)
	}
	return list
}

// data is all that a call writes.
func data(c call) string {
	var b strings.Builder
	for _, found := range quoted.FindAllStringSubmatch(c.args, -1) {
		b.WriteString(unhex(found[1]))
	}
	return b.String()
}

func unhex(text string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return ""
	}
	return string(b)
}

// No create leaves before its intent is on the disk.
func TestIntentsAreDurableFirst(t *testing.T) {
	t.Parallel()
	for run := range few(1, 5) {
		for _, resumed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d resumed %v", run, resumed), func(t *testing.T) {
				t.Parallel()
				m := newMigration(t, 100)
				o, creates := newOrder(), m.rows
				if resumed {
					m.canary(t, 30)
					creates -= 30
					for key := range m.known(t) {
						o.durable[key] = true
					}
				}
				tr := newTracer(t, orderFlags...)
				out := m.run(t, tr.command()...)
				tr.must(t, out)
				if out.code != exitOK {
					t.Fatalf("exit code %d\n%s", out.code, out.stderr)
				}
				tr.calls(t, o.take)
				if o.sent < creates {
					t.Errorf("the trace shows %d creates of %d", o.sent, creates)
				}
				if len(o.early) > 0 {
					t.Errorf("sent before their intent was durable: %q", o.early)
				}
				t.Logf("%d creates, each after its intent", o.sent)
			})
		}
	}
}

// The reader of traces sees what is out of order.
func TestOrderIsSeen(t *testing.T) {
	t.Parallel()
	x := func(text string) string {
		var b strings.Builder
		for i := range len(text) {
			fmt.Fprintf(&b, `\x%02x`, text[i])
		}
		return b.String()
	}
	wal, socket := "3<"+x("/w/"+stateWAL)+">", "4<"+x("socket:[1]")+">"
	frame := func(last byte, page string) []string {
		header := "\x00\x00\x00\x02\x00\x00\x00" + string(rune(last)) + strings.Repeat("s", 16)
		return []string{
			fmt.Sprintf(`7 pwrite64(%s, "%s", 24, 32) = 24`, wal, x(header)),
			fmt.Sprintf(`7 pwrite64(%s, "%s", 4096, 56) = 4096`, wal, x(page)),
		}
	}
	one, both := frame(5, "..user-000001.."), slices.Concat(frame(0, "..user-000001.."), frame(5, "user-000002"))
	sync := []string{"7 fsync(" + wal + ") = 0"}
	send := func(key string) []string {
		return []string{
			fmt.Sprintf(`8 write(%s, "%s", 99 <unfinished ...>`, socket, x(`POST /v1/users {"external_id":"`+key+`"}`)),
			`8 <... write resumed>) = 99`,
		}
	}
	for _, c := range []struct {
		name               string
		lines              []string
		sent, early, after int
	}{
		{"in order", slices.Concat(one, sync, send("user-000001")), 1, 0, 0},
		{"two frames", slices.Concat(both, sync, send("user-000001"), send("user-000002")), 2, 0, 0},
		{"no sync", slices.Concat(one, send("user-000001")), 1, 1, 0},
		{"sync too late", slices.Concat(one, send("user-000001"), sync), 1, 1, 0},
		{"sync before the write", slices.Concat(sync, one, send("user-000001")), 1, 1, 0},
		{"another's sync", slices.Concat(one, []string{"7 fsync(5<" + x("/w/other") + ">) = 0"}, send("user-000001")), 1, 1, 0},
		{"no commit", slices.Concat(frame(0, "user-000001"), sync, send("user-000001")), 1, 1, 0},
		{"no intent", slices.Concat(one, sync, send("user-000009")), 1, 1, 0},
		{"sync not over", slices.Concat(one, []string{"7 fsync(" + wal + " <unfinished ...>"}, send("user-000001"),
			[]string{"7 <... fsync resumed>) = 0"}), 1, 1, 0},
		{"sync begun before the write", slices.Concat([]string{"9 fsync(" + wal + " <unfinished ...>"}, one,
			[]string{"9 <... fsync resumed>) = 0"}, send("user-000001")), 1, 1, 0},
		{"sync failed", slices.Concat(one, []string{"7 fsync(" + wal + ") = -1 EIO (Input/output error) (INJECTED)"},
			send("user-000001")), 1, 1, 1},
		{"write failed", slices.Concat(one, sync, []string{`7 pwrite64(` + wal + `, "", 24, 32) = -1 ENOSPC (No space left on device)`},
			send("user-000001")), 1, 0, 1},
	} {
		o, open := newOrder(), map[string]string{}
		for _, line := range c.lines {
			if err := readCall(line, open, o.take); err != nil {
				t.Fatal(err)
			}
		}
		if o.sent != c.sent || len(o.early) != c.early || len(o.after) != c.after {
			t.Errorf("%s: sent %d, early %q, afterwards %q", c.name, o.sent, o.early, o.after)
		}
	}
}
