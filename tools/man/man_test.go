package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra/doc"
)

const described = `{"use":"carryover","short":"Move users","commands":[
	{"use":"run FILE…","short":"Migrate","long":"One\nparagraph.\n\nExit status\n  0  done\n  2  usage\n","example":"  carryover run users.csv",
	 "flags":[{"name":"mode","usage":"what to do","type":"string","default":"upsert"},{"name":"quiet","shorthand":"q","usage":"say nothing","type":"bool","default":"false"}]},
	{"use":"exit-codes","short":"What they mean","long":"Codes.\n\n    0  good\n","topic":true}]}`

// Each command and each topic has a page, and what is laid out in columns stays
// so.
func TestPages(t *testing.T) {
	var root command
	if err := json.Unmarshal([]byte(described), &root); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := doc.GenManTree(root.command(), &doc.GenManHeader{Section: "1"}, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"carryover.1":            {"carryover-run(1)", "carryover-exit-codes(1)"},
		"carryover-run.1":        {"One\nparagraph.", ".EX\n  0  done\n  2  usage\n.EE", "\\fB--mode\\fP=\"upsert\"", "what to do", "\\fB-q\\fP", "carryover run users.csv"},
		"carryover-exit-codes.1": {".EX\nCodes.\n\n    0  good\n", "\\fBcarryover exit-codes\\fP"},
	} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, text := range want {
			if !strings.Contains(string(page), text) {
				t.Errorf("%s does not hold %q:\n%s", name, text, page)
			}
		}
	}
}
