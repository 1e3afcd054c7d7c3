package main

import (
	"context"
	"fmt"
	"os"

	"carryover/checkpoint"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// examineSettings reads the settings of the instance, and says what they are.
func examineSettings(ctx context.Context, doc *report.Checkup, c *connection, o *doctorOptions, instance clerk.Instance) error {
	read, err := readSettings(ctx, c.client, o.frontend(), instance)
	if err != nil {
		doc.Add("Settings", report.Bad, err.Error(), "take both keys from one page of the Clerk Dashboard (API keys)")
		return err
	}
	doc.Settings = read.document()
	if read.unread != nil {
		doc.Add("Settings", report.Doubtful, fmt.Sprintf("could not be read: %s; that says nothing of what is on or off, and no row can be held against them", read.unread),
			"give --publishable-key pk_… of the same instance, or see whether this machine reaches the Frontend API")
		return nil
	}
	doc.Add("Settings", report.Good, "read from "+read.origin, "", report.SettingsInWords(read.known, true)...)
	return nil
}

// Space that a checkpoint should find: a million rows take some hundreds of MB
// with what SQLite writes beside it.
const (
	spaceDoubtful = 1 << 30
	spaceBad      = 64 << 20
)

// examineFolder looks at the folder of the checkpoint. It tries nothing out:
// nothing is written.
func examineFolder(doc *report.Checkup, path string) {
	if path == "" {
		path = "users.carryover.db"
	}
	place, err := checkpoint.Look(path)
	if err != nil {
		doc.Add("Folder", report.Bad, err.Error(), "") // it says what to do
		return
	}
	text, verdict, advice := place.Folder+" can be written", report.Good, ""
	worse := func(v report.Verdict, do string) {
		if verdict != report.Bad {
			verdict, advice = v, do
		}
	}
	if place.Warning != "" {
		text += "; " + place.Warning
		worse(report.Doubtful, "name a checkpoint on a local disk with --checkpoint")
	}
	if info, err := os.Stat(place.Folder); err == nil {
		if open := openTo(info); open != "" {
			text += "; it " + open + ", who could put another checkpoint in the place of yours"
			worse(report.Doubtful, "chmod go-w "+shellQuote(place.Folder)+", or name a checkpoint in a folder of your own")
		}
	}
	if place.Free >= 0 {
		text += "; " + bytesText(place.Free) + " free"
		switch {
		case place.Free < spaceBad:
			worse(report.Bad, "make room: a checkpoint that cannot be written stops the run")
		case place.Free < spaceDoubtful:
			worse(report.Doubtful, "make room before a run of a million rows, which takes some hundreds of MB")
		}
	}
	doc.Add("Folder", verdict, text, advice)
}

// examinePace says how quickly a run would go.
func examinePace(doc *report.Checkup, c *connection) {
	l := c.limit
	doc.Limit = &report.Limit{Requests: l.N, WindowSeconds: l.Window.Seconds(), Share: l.Share, PerSecond: l.PerSecond()}
	text := fmt.Sprintf("%s requests in %s, of which a run uses %.0f %%: at most %.1f a second, so about %s for 10,000 users",
		report.Number(int64(l.N)), report.Duration(l.Window), l.Share*100, l.PerSecond(), report.Duration(timeFor(10_000, l)))
	if c.kind == clerk.LiveKey {
		text += "; the application's own requests share the limit"
	}
	doc.Add("Pace", report.Good, text, "")
}
