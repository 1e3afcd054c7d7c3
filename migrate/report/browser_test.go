package report_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A browser is a Chromium of the machine, without a window. It is spoken to by
// the DevTools protocol over two pipes, which needs no library: messages are
// JSON, and end with a zero byte
// (https://chromedevtools.github.io/devtools-protocol/).
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	id      int
	session string
	events  []event
}

type event struct {
	Method string
	Params json.RawMessage
}

// startBrowser starts Chromium, or skips the test where there is none.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium on this machine; Debian's package is chromium")
	}
	commands, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{commands, answers} // its descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		cancel()
		t.Skipf("%s does not start: %v", path, err)
	}
	_, _ = commands.Close(), answers.Close()
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = b.send("Browser.close", nil)
		_ = in.Close()
		_ = cmd.Wait()
		_ = out.Close()
		cancel()
	})
	var target struct{ TargetID string }
	b.call(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var attached struct{ SessionID string }
	b.call(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Log", "Runtime"} {
		b.call(nil, domain+".enable", nil)
	}
	return b
}

func (b *browser) send(method string, params any) error {
	b.id++
	message := map[string]any{"id": b.id, "method": method, "params": params}
	if params == nil {
		message["params"] = struct{}{}
	}
	if b.session != "" && method != "Browser.close" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = b.in.Write(append(text, 0))
	return err
}

// receive reads a message; an event is kept.
func (b *browser) receive() (id int, result json.RawMessage, err error) {
	text, err := b.out.ReadBytes(0)
	if err != nil {
		return 0, nil, err
	}
	var m struct {
		ID     int
		Result json.RawMessage
		Error  *struct{ Message string }
		event
	}
	if err := json.Unmarshal(bytes.TrimRight(text, "\x00"), &m); err != nil {
		return 0, nil, err
	}
	if m.Error != nil {
		return m.ID, nil, errors.New(m.Error.Message)
	}
	if m.ID == 0 {
		b.events = append(b.events, m.event)
	}
	return m.ID, m.Result, nil
}

// call asks the browser for something and decodes its answer.
func (b *browser) call(result any, method string, params any) {
	b.t.Helper()
	if err := b.send(method, params); err != nil {
		b.t.Fatal(method, err)
	}
	for {
		id, answer, err := b.receive()
		if err != nil {
			b.t.Fatal(method, err)
		}
		if id != b.id {
			continue
		}
		if result != nil {
			if err := json.Unmarshal(answer, result); err != nil {
				b.t.Fatal(method, err)
			}
		}
		return
	}
}

// open shows a file at a width, and waits until it is loaded. The events since
// then are kept.
func (b *browser) open(path string, width int, scheme string) {
	b.t.Helper()
	b.call(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
	b.call(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	b.events = nil
	address := url.URL{Scheme: "file", Path: path}
	b.call(nil, "Page.navigate", map[string]any{"url": address.String()})
	loaded := func(e event) bool { return e.Method == "Page.loadEventFired" }
	for !slices.ContainsFunc(b.events, loaded) {
		if _, _, err := b.receive(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// evaluate returns the value of an expression in the page. What DevTools asks
// does not count as a script of the page.
func (b *browser) evaluate(expression string) string {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value any }
		ExceptionDetails any
	}
	b.call(&answer, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if answer.ExceptionDetails != nil {
		b.t.Fatal(expression, answer.ExceptionDetails)
	}
	return fmt.Sprint(answer.Result.Value)
}

// picture keeps what the page looks like where CARRYOVER_TEST_PAGES names a
// folder, for a person to look at.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("CARRYOVER_TEST_PAGES")
	if dir == "" {
		return
	}
	var shot, printed struct{ Data string }
	b.call(&shot, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "format": "png"})
	keep := func(name, data string) {
		raw, err := base64.StdEncoding.DecodeString(data)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	keep(name+".png", shot.Data)
	if strings.Contains(name, "1280-light") {
		b.call(&printed, "Page.printToPDF", map[string]any{"printBackground": false})
		keep(name+".pdf", printed.Data)
	}
}

// Elements that stand out to the right of the page, unless they are in one that
// scrolls by itself.
const overflowing = `[...document.querySelectorAll('body *')].filter(e => {
	const r = e.getBoundingClientRect();
	if (r.width === 0 || r.right <= innerWidth + 1) return false;
	for (let p = e.parentElement; p; p = p.parentElement)
		if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return false;
	return true;
}).slice(0, 5).map(e => e.tagName + '.' + e.getAttribute('class') + ' "' + e.textContent.slice(0, 40) + '"').join('; ')`

// Numbers and texts that are wider than the box that holds them.
const cut = `[...document.querySelectorAll('.tile, .tile b, .verdict, nav a, .bars th, .badge')].filter(e => {
	const r = document.createRange(); r.selectNodeContents(e);
	return r.getBoundingClientRect().right > e.getBoundingClientRect().right + 1;
}).slice(0, 5).map(e => e.textContent.trim().slice(0, 40)).join('; ')`

// Labels of axes that lie over one another.
const overlapping = `[...document.querySelectorAll('.x, .y')].flatMap(axis => {
	const shown = [...axis.children].map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 0);
	return shown.flatMap(([a, r], i) => shown.slice(i + 1).filter(([, s]) =>
		r.left < s.right && s.left < r.right && r.top < s.bottom && s.top < r.bottom).map(([b]) => a.textContent + ' / ' + b.textContent));
}).slice(0, 5).join('; ')`

// Text whose contrast with what is behind it is less than 4.5, of the elements
// that have text of their own.
const faint = `(() => {
	const rgb = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; };
	const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
	return [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !e.closest('.within') && e.getClientRects().length > 0 &&
		[...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
		const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
		return [e, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
	}).filter(([, c]) => c < 4.5).slice(0, 5).map(([e, c]) => e.tagName + '.' + e.className + ' ' + c.toFixed(2)).join('; ');
})()`

func TestPagesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	b := startBrowser(t)
	dir := t.TempDir()
	for name, p := range pages() {
		path := filepath.Join(dir, name+".html")
		if err := os.WriteFile(path, []byte(render(t, p)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{1280, 390} {
				t.Run(fmt.Sprintf("%s-%d-%s", name, width, scheme), func(t *testing.T) {
					b.t = t
					b.open(path, width, scheme)
					b.evaluate(`document.querySelectorAll('details').forEach(d => d.open = true)`)
					for what, expression := range map[string]string{"stand out": overflowing, "are cut": cut, "lie over one another": overlapping, "cannot be read": faint} {
						if found := b.evaluate(expression); found != "" {
							t.Errorf("some %s: %s", what, found)
						}
					}
					if wide := b.evaluate(`document.scrollingElement.scrollWidth - document.documentElement.clientWidth`); wide != "0" {
						t.Errorf("it scrolls to the side by %s", wide)
					}
					b.evaluate(`document.querySelectorAll('details').forEach((d, i) => d.open = i === 1)`)
					b.picture(fmt.Sprintf("%s-%d-%s", name, width, scheme))
					b.quiet(path)
				})
			}
		}
	}
}

// quiet reports what the page asked for beside itself, and what the console
// says, since it was opened.
func (b *browser) quiet(path string) {
	b.t.Helper()
	for _, e := range b.events {
		switch e.Method {
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &sent); err != nil || sent.Request.URL != (&url.URL{Scheme: "file", Path: path}).String() {
				b.t.Errorf("it asks for %s (%v)", sent.Request.URL, err)
			}
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown":
			b.t.Errorf("the console says %s", e.Params)
		}
	}
}

// A page of which a row tries to run something shows it as text.
func TestNothingInAPageRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	b := startBrowser(t)
	p := planPage()
	const attack = `"><script>document.title='run'</script><img src=x onerror="document.title='run'"><svg onload="document.title='run'">`
	d := p.Document
	d.Input.Files, d.Mapping, d.Unknown = []string{attack}, attack, []string{attack}
	p.Samples[0].Key, p.Samples[0].Message, p.PII = attack, attack, "full"
	for i := range d.Problems {
		d.Problems[i].Message, d.Problems[i].Field = attack, attack
	}
	p.Survey.Domains[0].Name, p.Survey.Months[1].Name = attack, attack
	path := filepath.Join(t.TempDir(), "attack.html")
	if err := os.WriteFile(path, []byte(render(t, p)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.open(path, 1280, "light")
	if title := b.evaluate("document.title"); title == "run" {
		t.Error("a script of the data ran")
	}
	if n := b.evaluate("document.querySelectorAll('script, img, [onload], [onerror]').length"); n != "0" {
		t.Errorf("%s elements of the data are in the page", n)
	}
	b.quiet(path)
}
