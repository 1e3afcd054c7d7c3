package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// digests writes which hashers an input names, where there are several, and
// what the digests look like that have none that fits.
func digests(b *strings.Builder, d *Digests) {
	if d == nil {
		return
	}
	if len(d.Hashers) > 1 {
		b.WriteString("\nPasswords that can be sent, by hasher\n")
		rows := maps.Clone(d.Hashers)
		count := func(name string, n int64) {
			if n > 0 {
				rows[name] = n
			}
		}
		count("(plain password)", d.Plain)
		count("(none)", d.Without)
		byName(b, rows)
	}
	if len(d.LooksLike) > 0 {
		b.WriteString("\nDigests without a hasher that fits look like\n")
		rows := map[string]int64{}
		for name, n := range d.LooksLike {
			if name == "" {
				name = "(nothing that Clerk takes)"
			}
			rows[name] = n
		}
		byName(b, rows)
	}
}

// byName writes counts, the largest first.
func byName(b *strings.Builder, counts map[string]int64) {
	names := slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
		if counts[x] != counts[y] {
			return int(max(-1, min(1, counts[y]-counts[x])))
		}
		return strings.Compare(x, y)
	})
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, name := range names {
		fmt.Fprintf(t, "  %s\t%s\n", Clean(name), Number(counts[name]))
	}
	_ = t.Flush() // a strings.Builder takes everything
}

// proofs writes who will be able to sign in.
func proofs(b *strings.Builder, proofs []Proof) {
	if len(proofs) == 0 {
		return
	}
	good := 0
	for _, p := range proofs {
		if p.Proved {
			good++
		}
	}
	fmt.Fprintf(b, "\nAccounts proved with their passwords: %d of %d\n", good, len(proofs))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, p := range proofs {
		sign := "will sign in"
		if !p.Proved {
			sign = "NOT PROVED"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", sign, Clean(p.Key), Clean(p.Hasher), Clean(p.Message))
	}
	_ = t.Flush()
}
