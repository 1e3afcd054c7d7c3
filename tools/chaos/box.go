package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"carryover/migrate/sandbox"
)

// A box is carryover sandbox in a process of its own, which outlives the runs
// against it.
type box struct {
	url, key string
	cmd      *exec.Cmd
	client   *http.Client
}

// An entry is a request as the sandbox's journal has it.
type entry struct {
	sandbox.Entry
	AtNS        int64 `json:"at_ns"`
	AppliedAtNS int64 `json:"applied_at_ns"`
}

// took is how long the server took to carry the request out.
func (e *entry) took() time.Duration { return time.Duration(e.AppliedAtNS - e.AtNS) }

func startBox(ctx context.Context, binary, key string, s *scenario, seed uint64) (*box, error) {
	limit := "none"
	if s.limit != "" {
		limit = s.limit
	}
	args := []string{
		"sandbox", "--addr", "127.0.0.1:0", "--key", key, "--seed", strconv.FormatUint(seed, 10), "--journal", "0",
		"--latency", s.latency.String(), "--lag", s.lag.String(), "--limit", limit, "--sliding", "--user-limit", "-1",
	}
	if s.loose {
		args = append(args, "--fold-external-ids")
	}
	b := &box{key: key, cmd: exec.CommandContext(ctx, binary, args...), client: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the sandbox says no address: %w", err), b.close())
	}
	b.url = strings.TrimSpace(line)
	return b, nil
}

// close ends the sandbox, which forgets everything.
func (b *box) close() error {
	b.client.CloseIdleConnections()
	err := b.cmd.Process.Kill()
	_ = b.cmd.Wait() // says that it was killed
	return err
}

func (b *box) do(ctx context.Context, method, path, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer, err
}

// fail replaces the faults, one a line; "" is none.
func (b *box) fail(ctx context.Context, faults string) error {
	_, err := b.do(ctx, http.MethodPost, "/sandbox/faults", faults)
	return err
}

// add makes users with Clerk's own request, some at a time.
func (b *box) add(ctx context.Context, bodies []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, body := range bodies {
		g.Go(func() error {
			_, err := b.do(ctx, http.MethodPost, "/v1/users", body)
			return err
		})
	}
	return g.Wait()
}

func (b *box) users(ctx context.Context) ([]*sandbox.User, error) {
	return fetch[sandbox.User](ctx, b, "/sandbox/users")
}

// journal is every request so far, in order of arrival.
func (b *box) journal(ctx context.Context) ([]*entry, error) {
	return fetch[entry](ctx, b, "/sandbox/journal")
}

func (b *box) stats(ctx context.Context) (stats sandbox.Stats, err error) {
	answer, err := b.do(ctx, http.MethodGet, "/sandbox/stats", "")
	if err != nil {
		return stats, err
	}
	return stats, json.Unmarshal(answer, &stats)
}

// idle waits until no request is under way any more.
func (b *box) idle(ctx context.Context) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		stats, err := b.stats(ctx)
		if err != nil || stats.InFlight == 0 {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the sandbox has requests under way that do not end")
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fetch reads JSON lines.
func fetch[T any](ctx context.Context, b *box, path string) (list []*T, err error) {
	answer, err := b.do(ctx, http.MethodGet, path, "")
	if err != nil {
		return nil, err
	}
	for lines := json.NewDecoder(bytes.NewReader(answer)); ; {
		item := new(T)
		switch err := lines.Decode(item); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, item)
	}
}
