package hashers

// Info describes a hasher for people.
type Info struct {
	Name     string // the value of password_hasher
	Insecure bool   // Clerk rehashes to bcrypt at the user's first sign-in
	Format   string // the digest's form, parts in angle brackets
	Example  string // a digest of ExamplePassword; of awscognito, a made-up identifier
	Note     string // what people get wrong
}

// ExamplePassword is the made-up password behind the digests of [Info].
const ExamplePassword = "violet-otter-42"

// A hasher is one row of the table: what it looks like, how to check and how to verify it.
type hasher struct {
	info   Info
	check  func(digest string) Verdict
	verify func(digest, password string) (Match, error)
}

// byName is never written to after it is made.
var byName = func() map[string]*hasher {
	rows := make(map[string]*hasher, len(table))
	for i := range table {
		rows[table[i].info.Name] = &table[i]
	}
	return rows
}()

// find returns the row of a hasher, or nil.
func find(name string) *hasher { return byName[name] }

// All lists every hasher that Clerk documents, by name.
func All() []Info {
	infos := make([]Info, len(table))
	for i := range table {
		infos[i] = table[i].info
	}
	return infos
}

// Lookup returns the hasher of this exact name.
func Lookup(name string) (Info, bool) {
	if h := find(name); h != nil {
		return h.info, true
	}
	return Info{}, false
}
