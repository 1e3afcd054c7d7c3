package main

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"slices"
	"time"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// lookAtGate is how often the log looks whether Clerk makes requests wait.
const lookAtGate = time.Second

// beginLog opens the log of a run, and notes that it begins.
func (m *migration) beginLog() error {
	inputs := slices.Concat(m.paths, m.o.files(), []string{m.o.keyFile, m.o.envFile, m.o.caFile, m.o.canary})
	var err error
	if m.log, err = m.o.openLog(m.ui, inputs...); err != nil {
		return err
	}
	m.log.Info("run started", "version", versionText(), "pid", os.Getpid(), "command", m.ui.command(), "input", m.paths)
	return nil
}

// endLog notes how a run ended, and closes the log. A run that panicked has not
// returned.
func (m *migration) endLog(returned bool, err error) {
	code, level := exitOK, slog.LevelInfo
	switch exit := (*exitError)(nil); {
	case !returned:
		code = exitUnexpected
		err = errors.New("internal error")
	case errors.As(err, &exit):
		code = exit.code
	case err != nil:
		code = exitUnexpected
	}
	switch code {
	case exitOK:
	case exitProblems, exitResumable, exitInterrupted, exitTerminated:
		level = slog.LevelWarn
	default:
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.Int("exit_code", code), slog.Float64("seconds", tenths(time.Since(m.started).Seconds()))}
	if doc := m.result; doc != nil {
		m.log.problems(doc.Problems)
		attrs = append(attrs, slog.String("state", doc.State), countsAttr(doc.Counts))
		if doc.Reason != "" {
			attrs = append(attrs, slog.String("reason", doc.Reason))
		}
		if doc.Requests != nil {
			attrs = append(attrs, slog.Int64("requests", doc.Requests.Total), slog.Any("by_status", doc.Requests.ByStatus))
		}
	}
	if text := errorText(err); text != "" {
		attrs = append(attrs, slog.String("error", text))
	}
	m.log.LogAttrs(context.Background(), level, "run ended", attrs...)
	if err := m.log.close(); err != nil {
		m.ui.warn("the log %s is not whole: %v", report.Clean(m.log.file.path), unwrapPath(err))
	}
}

// errorText is what an error says; "" for one that only carries a code.
func errorText(err error) string {
	var exit *exitError
	if err == nil || errors.As(err, &exit) && exit.err == nil {
		return ""
	}
	return err.Error()
}

func countsAttr(c report.Counts) slog.Attr {
	return slog.Group("counts", "rows", c.Rows, "created", c.Created, "updated", c.Updated, "unchanged", c.Unchanged,
		"rejected", c.Rejected, "conflict", c.Conflict, "unfinished", c.Unfinished, "dropped", c.Dropped)
}

// problems notes the problems of a result, a line for each kind.
func (l *eventLog) problems(list []report.Problem) {
	for _, p := range list {
		level := slog.LevelInfo
		if p.Severity == migrate.Fatal.String() {
			level = slog.LevelWarn
		}
		l.Log(context.Background(), level, "problem", "code", p.Code, "field", p.Field, "severity", p.Severity, "count", p.Count, "lines", p.Lines, "files", p.Files)
	}
}

// noteTarget notes what is sent where.
func (m *migration) noteTarget() {
	t := m.target
	m.log.Info("target", "kind", t.Kind, "instance", t.InstanceID, "api_url", t.APIURL, "api_version", t.APIVersion, "key", t.KeyOrigin,
		"requests_a_second", m.limit.PerSecond(), "checkpoint", m.path, "mode", m.rules.Mode.String(),
		"rows", m.rows, "done", m.final(), "to_send", m.toSend())
}

// outcome notes a row that did not get through, or whose outcome is a guess.
func (l *eventLog) outcome(r migrate.Result) {
	if !r.State.Final() || r.State.Good() && r.Code == "" {
		return
	}
	l.Warn("row "+r.State.String(), "row", r.Row, "line", r.Line, "code", r.Code, "field", r.Field,
		"http_status", r.Status, "trace_id", r.TraceID, "attempts", r.Attempts)
}

// waiting notes why nothing, or little, is sent; "" where rows go on.
func (l *eventLog) waiting(why string) {
	if why == "" {
		l.Info("going on")
		return
	}
	l.Warn("waiting", "why", why)
}

// follow notes the progress of a run every 30 seconds, and when Clerk makes
// every request wait, until the function that it returns is called.
func (l *eventLog) follow(p *progress) (end func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(lookAtGate)
		defer ticker.Stop()
		gates := gateWatch{client: p.client}
		told := time.Now()
		for {
			select {
			case <-ticker.C:
				gates.look(l)
				if time.Since(told) >= lineEvery {
					told = time.Now()
					l.progress(p)
				}
			case <-quit:
				gates.look(l)
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// progress notes how far a run is.
func (l *eventLog) progress(p *progress) {
	f := p.figures()
	l.Info("progress", "done", f.done(), "rows", f.whole(), "ok", f.good, "failed", f.bad, "retried", f.retried, "in_flight", f.inFlight,
		"rate", tenths(f.rate), "eta", f.eta(), "p95_ms", f.p95.Milliseconds(), "requests", p.client.Stats().Requests,
		"http_429", f.refused, "waiting", f.waiting)
}

// tenths rounds a figure that is for people.
func tenths(x float64) float64 { return math.Round(x*10) / 10 }

// A gateWatch notices when Clerk makes every request wait.
type gateWatch struct {
	client *clerk.Client
	seen   int64
	closed bool
}

func (g *gateWatch) look(l *eventLog) {
	stats := g.client.Stats()
	reason, until := g.client.Waiting()
	switch {
	case stats.Gates > g.seen && reason == "": // it was over before anybody looked
		l.Warn("gate", "times", stats.Gates)
	case stats.Gates > g.seen:
		l.Warn("gate", "times", stats.Gates, "why", reason, "until", until)
	case g.closed && reason == "":
		l.Info("gate open")
	}
	g.seen, g.closed = stats.Gates, reason != ""
}
