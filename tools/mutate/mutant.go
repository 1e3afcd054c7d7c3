package main

// A mutant is carryover without one of its safeguards.
type mutant struct {
	name  string // of the safeguard
	edits []edit
	test  notice
	chaos string // the scenarios of tools/chaos that must notice as well; "" where it takes more than kills
}

// An edit replaces a text that must be in the file once.
type edit struct{ file, old, new string }

// A notice is the quickest test that must fail.
type notice struct{ pkg, run string }

// mutants are all safeguards that stand between a user and being lost, doubled
// or overwritten. Where a safeguard has two layers, the mutant lacks both.
var mutants = []mutant{
	{
		name:  "intent before the request",
		edits: []edit{{"migrate/claim.go", "		batch = append(batch, t.intent(r.cfg.Now()))", "		t.intent(r.cfg.Now())"}},
		test:  notice{"migrate", "TestIntentIsDurableBeforeEachCreate"},
		chaos: "^(create-csv|update-csv)$",
	},
	{
		name:  "settle delay after a create without an answer",
		edits: []edit{{"migrate/judge.go", "t.due = now.Add(r.cfg.Settle)", "t.due = now"}},
		test:  notice{"migrate", "TestCreateWithoutAnswer"},
		chaos: "^(create-csv|create-jsonl-without-ids|upsert-new-jsonl)$",
	},
	{
		name:  "settle delay after a run that died",
		edits: []edit{{"migrate/task.go", ".Add(cfg.Settle)", ""}},
		test:  notice{"migrate", "TestCrashedCreateIsLookedUpFirst"},
		chaos: "^late-",
	},
	{
		name: "look-ups match byte for byte",
		edits: []edit{
			{"migrate/clerk/lookup.go", "if wanted[by.id(a)] {", "if len(wanted) > 0 {"},
			{"migrate/preview.go", "	return accountsBy(accounts, idOf), nil\n", `	found := accountsBy(accounts, idOf)
	for _, id := range ids {
		for i := range accounts {
			if strings.EqualFold(id, idOf(&accounts[i])) {
				found[id] = &accounts[i]
			}
		}
	}
	return found, nil
`},
			{"migrate/preview.go", "import (\n", "import (\n\t\"strings\"\n"},
		},
		test:  notice{"migrate/clerk", "TestLookUpTakesOnlyEqualIDs"},
		chaos: "^strangers$",
	},
	{
		name: `"exists" goes to a look-up`,
		edits: []edit{{"migrate/judge.go", `
	t.exists, t.looks = e, 0
	r.requeue(t, now)
`, `
	r.reject(t, "identifier_taken", e.Param())
`}},
		test:  notice{"migrate", "TestExistsIsNeverStraightARejection"},
		chaos: "^lagging-",
	},
	{
		name:  "synchronous=FULL",
		edits: []edit{{"checkpoint/path.go", `pragma{"synchronous", "FULL", "2"}`, `pragma{"synchronous", "NORMAL", "1"}`}},
		test:  notice{"checkpoint", "TestPragmas"}, // a kill does not take what the system has
	},
	{
		name:  "lock",
		edits: []edit{{"checkpoint/lock.go", "switch _, err := l.held.TryLockContext(wait, lockPatience/10); {", "switch err := wait.Err(); {"}},
		test:  notice{"checkpoint", "TestLockedByAnotherProcess|TestLockHasOneWinner"},
	},
	{
		name:  "epoch fence",
		edits: []edit{{"checkpoint/row.go", "last_send = ? WHERE epoch = ?", "last_send = ? WHERE ? >= 0"}},
		test:  notice{"checkpoint", "TestFenced"},
	},
	{
		name: "no body to send again",
		edits: []edit{
			{"migrate/clerk/client.go", "http.NewRequestWithContext(ctx, k.method, address, nil)", "http.NewRequestWithContext(ctx, k.method, address, bytes.NewReader(k.body))"},
			{"migrate/clerk/client.go", "		req.Body = io.NopCloser(bytes.NewReader(k.body))\n", ""},
		},
		test: notice{"migrate/clerk", "TestRequestsCannotBeReplayed"},
	},
	{
		name: "no repetition by net/http",
		edits: []edit{
			{"migrate/clerk/client.go", "http.NewRequestWithContext(ctx, k.method, address, nil)", "http.NewRequestWithContext(ctx, k.method, address, bytes.NewReader(k.body))"},
			{"migrate/clerk/client.go", "		req.Body = io.NopCloser(bytes.NewReader(k.body))\n", "		req.Header.Set(\"Idempotency-Key\", k.op())\n"},
		},
		test: notice{"migrate/clerk", "TestPostIsNeverSentTwice"},
	},
	{
		name:  "slots",
		edits: []edit{{"migrate/clerk/slots.go", "if s.held+s.waiting < n {", "if s.held < n {"}},
		test:  notice{"migrate/clerk", "TestNoRequestIsTooEarly"},
	},
	{
		name:  "one cut a gate",
		edits: []edit{{"migrate/clerk/share.go", "if !s.cut.IsZero() && !sent.After(s.cut) {", "if sent.After(now) {"}},
		test:  notice{"migrate/clerk", "TestRefusalsUnderWayAreOne"},
	},
	{
		name:  "HTTP/1.1 only",
		edits: []edit{{"migrate/clerk/transport.go", "http1.SetHTTP1(true)", "http1.SetHTTP2(true)"}},
		test:  notice{"migrate/clerk", "TestTLSAndHTTP1"},
	},
	{
		name: "nothing is sent after a failed commit",
		edits: []edit{{"migrate/claim.go", `		r.failed = err
		r.stop(&StopError{StopLedger, err})
		return
`, ""}},
		test: notice{"migrate", "TestNothingIsSentAfterTheLedgerFailed"},
	},
	{
		name:  "missing -wal",
		edits: []edit{{"checkpoint/guard.go", "	if err := f.whole(path, last, wal); err != nil {\n		return found{}, err\n	}\n", ""}},
		test:  notice{"checkpoint", "TestMissingWAL|TestStaleBackup"},
	},
}
