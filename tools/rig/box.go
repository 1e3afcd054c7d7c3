package rig

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
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"carryover/migrate/sandbox"
)

// A Box is carryover sandbox in a process of its own, which outlives the runs
// against it.
type Box struct {
	url, key string
	cmd      *exec.Cmd
	client   *http.Client
}

// An Entry is a request as the sandbox's journal has it.
type Entry struct {
	sandbox.Entry
	AtNS        int64 `json:"at_ns"`
	AppliedAtNS int64 `json:"applied_at_ns"`
}

// Took is how long the server took to carry the request out.
func (e *Entry) Took() time.Duration { return time.Duration(e.AppliedAtNS - e.AtNS) }

// StartBox starts the sandbox of a carryover that is built, on a free port. The
// key is the one that it accepts, args are further flags.
func StartBox(ctx context.Context, binary, key string, args ...string) (*Box, error) {
	args = append([]string{"sandbox", "--addr", "127.0.0.1:0", "--key", key, "--user-limit", "-1"}, args...)
	b := &Box{key: key, cmd: exec.CommandContext(ctx, binary, args...), client: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the sandbox says no address: %w", err), b.Close())
	}
	b.url = strings.TrimSpace(line)
	return b, nil
}

// Command is a command of the program that reaches the box.
func (b *Box) Command(ctx context.Context, binary, folder string, args ...string) *exec.Cmd {
	cmd := Command(ctx, binary, folder, args...)
	cmd.Env = append(cmd.Env, "CLERK_SECRET_KEY="+b.key, "CLERK_API_URL="+b.url)
	return cmd
}

// Close ends the sandbox, which forgets everything.
func (b *Box) Close() error {
	b.client.CloseIdleConnections()
	err := b.cmd.Process.Kill()
	_ = b.cmd.Wait() // says that it was killed
	return err
}

// Do sends a request with the key. Its error names an answer that is no success.
func (b *Box) Do(ctx context.Context, method, path, body string) ([]byte, error) {
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

// Fail replaces the faults, one a line; "" is none.
func (b *Box) Fail(ctx context.Context, faults string) error {
	_, err := b.Do(ctx, http.MethodPost, "/sandbox/faults", faults)
	return err
}

// Add makes users with Clerk's own request, some at a time.
func (b *Box) Add(ctx context.Context, bodies []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, body := range bodies {
		g.Go(func() error {
			_, err := b.Do(ctx, http.MethodPost, "/v1/users", body)
			return err
		})
	}
	return g.Wait()
}

// Users are all that the sandbox holds.
func (b *Box) Users(ctx context.Context) ([]*sandbox.User, error) {
	return fetch[sandbox.User](ctx, b, "/sandbox/users")
}

// Journal is every request so far, in order of arrival.
func (b *Box) Journal(ctx context.Context) ([]*Entry, error) {
	return fetch[Entry](ctx, b, "/sandbox/journal")
}

// Stats are the totals so far.
func (b *Box) Stats(ctx context.Context) (stats sandbox.Stats, err error) {
	answer, err := b.Do(ctx, http.MethodGet, "/sandbox/stats", "")
	if err != nil {
		return stats, err
	}
	return stats, json.Unmarshal(answer, &stats)
}

// Idle waits until no request is under way any more.
func (b *Box) Idle(ctx context.Context) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		stats, err := b.Stats(ctx)
		if err != nil || stats.InFlight == 0 {
			return err
		}
		if err := Pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the sandbox has requests under way that do not end")
}

// Pause waits, or returns ctx's error.
func Pause(ctx context.Context, d time.Duration) error {
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
func fetch[T any](ctx context.Context, b *Box, path string) (list []*T, err error) {
	answer, err := b.Do(ctx, http.MethodGet, path, "")
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
