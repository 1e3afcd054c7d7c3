package source

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// FuzzLDIF reads anything between two good entries, which come out whatever it
// is: entries are read for themselves, and tile the text.
func FuzzLDIF(f *testing.F) {
	for _, seed := range []string{
		"dn: uid=b\nuid: hunter2", "dn:: aHVudGVyMg==\n# x\n y\nuid:: aHVudGVyMg\n ==", "uid hunter2", "uid: hunter2", "dn: b\nuserPassword:: hunter2!", "dn: b\nuid:< hunter2",
		"dn: b\n\n\ndn: c\n\r\n\r\ndn: hunter2", "dn: b\ndn: hunter2", "dn: b\r\nuid: hunter2\r\n", "dn: b\nchangetype: hunter2\n-", "version: 1\ndn: b", "version: hunter2", "#hunter2\n\n hunter2",
		"search: 2\nresult: 0 hunter2", "search: 2\nresult: 4 hunter2", "ref: hunter2", "\x00", "\xff", "dn: b\nuid: hunter2\rx", "dn: b\nuid:: /w==\njpegPhoto:: /w==", "\r", "dn: b\nhunter2: x: y",
	} {
		f.Add(seed)
	}
	const good = "dn: uid=x\nusername: x\n\n"
	opts := Options{KeepExtra: true, Shape: &Shape{Columns: []string{"uid", "userPassword"}}}
	f.Fuzz(func(t *testing.T, lines string) {
		data := []byte(good + lines + "\n\n" + good)
		r := read(t, data, opts)
		if r.rows[0].Username != "x" || r.rows[0].Number != 1 {
			t.Fatal("the first entry is another")
		}
		if r.end == nil {
			last := r.rows[len(r.rows)-1]
			if last.Username != "x" || last.Number != int64(len(r.pieces)) || len(r.pieces) != 2+entries(lines) {
				t.Fatalf("%d rows and %d refused of %d entries, and the last is %v", len(r.rows), r.bad, 2+entries(lines), last)
			}
		} else if !strings.Contains(strings.ToLower(lines), "result:") {
			t.Fatalf("the file ends with %v", r.end)
		}
		checkTiles(t, opts, good, 1, data, r)
		checkMemory(t, good, []byte(lines))
		read(t, []byte(good+lines), opts)
		read(t, []byte(lines), opts)
	})
}

// goesOn is where a line begins that belongs to the one before it.
var goesOn = regexp.MustCompile("([^\n])\n ")

// entries counts the blocks of lines that are not comments nor stepped over,
// in another way than the reader does.
func entries(lines string) (n int) {
	text := "\n" + strings.ReplaceAll(lines+"\n", "\r\n", "\n")
	for goesOn.MatchString(text) {
		text = goesOn.ReplaceAllString(text, "$1\x01")
	}
	for block := range strings.SplitSeq(text, "\n\n") {
		kept, search := []string{}, false
		for line := range strings.SplitSeq(block, "\n") {
			head := strings.ToLower(line)
			whole := strings.ReplaceAll(line, "\x01", "")
			if result, is := strings.CutPrefix(head, "result:"); is {
				result, _, _ = strings.Cut(result, "\x01")
				search = search || hasResult(strings.Fields(result))
			}
			switch {
			case line == "", line[0] == '#':
			case len(kept) == 0 && strings.HasPrefix(strings.ToLower(head), "version:") && strings.TrimSpace(whole[len("version:"):]) == "1":
			default:
				kept = append(kept, head)
			}
		}
		refs := true
		for _, line := range kept {
			refs = refs && strings.HasPrefix(line, "ref:")
		}
		if refs || search && strings.HasPrefix(kept[0], "search:") {
			continue
		}
		n++
	}
	return n
}

func hasResult(words []string) bool {
	if len(words) == 0 {
		return false
	}
	_, err := strconv.ParseUint(words[0], 10, 16)
	return err == nil && len(words[0]) <= 3
}
