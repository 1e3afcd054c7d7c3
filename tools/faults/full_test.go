//go:build unix

package faults

import (
	"strconv"
	"testing"
)

// A limit on the size of files is the full disk that needs no rights.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	sizes := []int{110, 40, 250} // of 512 bytes
	for i := range 20 {
		sizes = append(sizes, 60+20*i)
	}
	for _, blocks := range sizes[:few(2, len(sizes))] {
		t.Run(strconv.Itoa(blocks), func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, fullRows)
			m.stopsForRoom(t, m.run(t, limited("-f "+strconv.Itoa(blocks))...))
			m.finish(t)
		})
	}
}

// fullRows take more room than any of the tests gives them.
const fullRows = 300

// stopsForRoom checks a run that had not enough of it.
func (m *migration) stopsForRoom(t *testing.T, out outcome) {
	t.Helper()
	if out.code != exitResumable {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	helpful(t, out)
	wantWords(t, out.stderr, "run the same command again")
	asked, _ := m.created(t)
	t.Logf("%d creates were sent before", len(asked))
	m.checkLeft(t)
}
