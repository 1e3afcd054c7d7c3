package main

import (
	"context"
	"encoding/json"
	"fmt"

	"carryover/migrate"
	"carryover/migrate/report"
)

// maxWarnings is how many kinds of warnings a checkpoint keeps.
const maxWarnings = 100

// A keptCensus is what a checkpoint keeps of what the checks found, for reports
// that are made later: it holds no value of a row.
type keptCensus struct {
	Survey   *migrate.Survey  `json:"survey"`
	Warnings []report.Problem `json:"warnings"`
	Unknown  []string         `json:"unknown_columns"`
	Files    migrate.Files    `json:"files,omitzero"` // where there are several
}

// census is that of this run's checks; nil where there were none.
func (m *migration) census() ([]byte, error) {
	if m.survey == nil {
		return nil, nil
	}
	kept := keptCensus{Survey: m.survey, Unknown: m.in.Unknown()}
	for _, p := range report.FromGroups(m.problems, m.several()) {
		if p.Severity == migrate.Warning.String() && len(kept.Warnings) < maxWarnings {
			kept.Warnings = append(kept.Warnings, p)
		}
	}
	if m.several() {
		kept.Files = m.files
	}
	kept.Unknown = kept.Unknown[:min(len(kept.Unknown), maxWarnings)]
	return json.Marshal(kept)
}

// A keptRun is what a checkpoint keeps of the runs beside their sessions.
type keptRun struct {
	Warnings   []report.Problem `json:"warnings"`    // that only a run meets
	MaxRejects *int64           `json:"max_rejects"` // of the last run; nil where it is not known
}

// remarks is the keptRun of this run and those before; nil where nothing is new.
func (m *migration) remarks() []byte {
	if !m.warnings.changed {
		return nil
	}
	m.warnings.changed = false
	list := m.warnings.list[:min(len(m.warnings.list), maxWarnings)]
	text, err := json.Marshal(keptRun{report.FromGroups(list, true), m.allowed})
	if err != nil { // there is nothing in it that JSON has no word for
		return nil
	}
	return text
}

// several reports whether the input is several files.
func (m *migration) several() bool { return len(m.files) > 1 }

// A noteReader is a checkpoint, open for a run or for reading.
type noteReader interface {
	problemReader
	Census(ctx context.Context) ([]byte, error)
	Remarks(ctx context.Context) ([]byte, error)
}

// kept is what a checkpoint keeps of the checks and of the warnings of runs. It
// is empty where a release that did not keep it has made the checkpoint.
type kept struct {
	keptCensus
	run keptRun
}

// readKept reads it.
func readKept(ctx context.Context, r noteReader) (*kept, error) {
	var k kept
	for _, note := range []struct {
		read func(context.Context) ([]byte, error)
		into any
	}{{r.Census, &k.keptCensus}, {r.Remarks, &k.run}} {
		text, err := note.read(ctx)
		if err != nil {
			return nil, err
		}
		if text == nil {
			continue
		}
		if err := json.Unmarshal(text, note.into); err != nil {
			return nil, fmt.Errorf("what the checkpoint knows of the checks cannot be read: %w", err)
		}
	}
	return &k, nil
}

// problems are the rows that did not get through, and the warnings about the
// others.
func (k *kept) problems(ctx context.Context, r problemReader) []report.Problem {
	problems := checkpointProblems(ctx, r, k.Files)
	problems = append(problems, k.Warnings...)
	for _, p := range k.run.Warnings {
		if len(k.Files) < 2 {
			p.Files = nil
		}
		problems = append(problems, p)
	}
	return problems
}
