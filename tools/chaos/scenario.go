package main

import "time"

// A scenario is one kind of migration, and how unpleasant the server is.
type scenario struct {
	name   string
	mode   string // create, upsert or update
	format string // csv or jsonl
	ids    bool   // the rows have an external_id
	there  int    // every n-th user is in the instance beforehand; 0 is none
	clean  bool   // no row is to be refused
	twins  bool   // two external ids each differ by nothing but case

	apiVersion string        // empty for the program's own choice
	latency    time.Duration // median, of the server
	settle     time.Duration // --settle; a request may take three quarters of it
	lag        time.Duration // until a look-up finds a new user
	inFlight   int           // requests at a time, which sets the pace
	limit      string        // of requests, for server and program; empty is none
	loose      bool          // the server's look-ups ignore case
	faults     mix           // while the kills go on
	ending     mix           // after the last kill
	half       bool          // the ending stays bad for a while, then the server is mended
}

// scenarios is the matrix. The pace is slow, so that a kill meets requests on
// their way and a run of some hundred milliseconds does not finish.
var scenarios = []scenario{
	{name: "create-csv", mode: "create", format: "csv", ids: true, there: 23, faults: mixed, ending: quick},
	{name: "create-jsonl-without-ids", mode: "create", format: "jsonl", faults: mixed, ending: quick},
	{name: "upsert-new-jsonl", mode: "upsert", format: "jsonl", ids: true, faults: mixed, ending: quick},
	{name: "upsert-half-there-csv", mode: "upsert", format: "csv", ids: true, there: 2, faults: mixed, ending: quick},
	{name: "upsert-csv-without-ids", mode: "upsert", format: "csv", faults: mixed, ending: quick},
	{name: "update-csv", mode: "update", format: "csv", ids: true, there: 1, faults: mixed, ending: quick},
	{name: "update-jsonl-metadata-apart", mode: "update", format: "jsonl", ids: true, there: 1, apiVersion: "2026-05-12", faults: mixed, ending: quick},

	// Many creates are carried out a second after they came: long after a run
	// that was killed has been started again.
	{name: "late-create", mode: "create", format: "csv", ids: true, settle: 2 * time.Second, latency: 30 * time.Millisecond, inFlight: 24, faults: late, ending: late},
	{name: "late-upsert", mode: "upsert", format: "jsonl", ids: true, settle: 2 * time.Second, latency: 30 * time.Millisecond, inFlight: 24, faults: late, ending: late},
	// A run that lasts longer than the settle delay is killed while it
	// reconciles what the runs before it left.
	{name: "short-settle", mode: "upsert", format: "jsonl", ids: true, latency: 20 * time.Millisecond, settle: 200 * time.Millisecond, inFlight: 2, faults: mixed, ending: quick},
	// Look-ups miss users that are there, so creates are sent again and meet
	// their own: uniqueness absorbs them.
	{name: "lagging-create", mode: "create", format: "csv", ids: true, lag: time.Second, settle: 200 * time.Millisecond, latency: 20 * time.Millisecond, inFlight: 2, faults: mixed, ending: quick},
	{name: "lagging-upsert", mode: "upsert", format: "jsonl", ids: true, lag: time.Second, settle: 200 * time.Millisecond, latency: 20 * time.Millisecond, inFlight: 2, faults: mixed, ending: quick},
	// Look-ups return users whose external_id is not the one asked for.
	{name: "strangers", mode: "upsert", format: "csv", ids: true, twins: true, loose: true, faults: mixed, ending: quick},
	// Nothing goes wrong but the kills: Clerk's limit is never reached.
	{name: "limit", mode: "create", format: "jsonl", ids: true, clean: true, limit: "100/1s", inFlight: 16, latency: 20 * time.Millisecond},
	// Answers that stop a run, or refuse a row that is good.
	{name: "refusals", mode: "create", format: "jsonl", ids: true, faults: refusing, ending: refusing},
	{name: "half-broken", mode: "upsert", format: "csv", ids: true, there: 5, faults: half, ending: half, half: true},
}

// withDefaults fills in what most scenarios have in common.
func (s scenario) withDefaults() scenario {
	if s.latency == 0 {
		s.latency = 40 * time.Millisecond
	}
	if s.settle == 0 {
		s.settle = 400 * time.Millisecond
	}
	if s.inFlight == 0 {
		s.inFlight = 4
	}
	return s
}

// boxFlags make the sandbox as the scenario wants it.
func (s *scenario) boxFlags() []string {
	limit := "none"
	if s.limit != "" {
		limit = s.limit
	}
	flags := []string{"--journal", "0", "--latency", s.latency.String(), "--lag", s.lag.String(), "--limit", limit, "--sliding"}
	if s.loose {
		flags = append(flags, "--fold-external-ids")
	}
	return flags
}
