package migrate_test

import (
	"slices"
	"testing"

	"carryover/migrate"
)

// The first lines of a group are the first ones, in whatever order they come.
func TestAddLine(t *testing.T) {
	var g migrate.Group
	for _, line := range []int64{9, 3, 7, 1, 8, 2, 5} {
		g.AddLine("a", line)
	}
	g.AddLine("b", 1)
	if want := []int64{1, 2, 3, 5, 7}; !slices.Equal(g.Lines, want) || len(g.Files) != len(want) {
		t.Errorf("%v %v, want %v", g.Lines, g.Files, want)
	}
}

func TestFilesOf(t *testing.T) {
	two := migrate.Files{{File: "a", Last: 2}, {File: "b", Last: 3}}
	for _, c := range []struct {
		files migrate.Files
		row   int64
		want  string
	}{{two, 1, "a"}, {two, 2, "a"}, {two, 3, "b"}, {two, 4, ""}, {two[:1], 1, ""}, {nil, 1, ""}} {
		if got := c.files.Of(c.row); got != c.want {
			t.Errorf("row %d of %v: %q, want %q", c.row, c.files, got, c.want)
		}
	}
}
