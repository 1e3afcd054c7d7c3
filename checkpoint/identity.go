package checkpoint

import "strconv"

// Identity is what a checkpoint belongs to: the input, the settings that
// change what is sent, and the instance it is sent to.
type Identity struct {
	InputName   string // for people; not compared
	InputSHA256 string // of the decompressed input, in hex
	InputSize   int64  // bytes, decompressed
	Rows        int64  // data records in the input; 0 where not counted

	Mode       string // upsert, create or update
	Mapping    string // hash of the mapping, or ""
	Options    string // canonical text of the options that change what is sent
	APIVersion string // Clerk-API-Version
	InstanceID string // of the key
	KeyKind    string // test, live or sandbox
}

// A Difference is one property in which two identities are not equal.
type Difference struct {
	Name       string // of the property, e.g. "input_sha256"
	Have, Want string
}

// Differences lists the properties in which other differs from id, in the
// order of the fields: Have is what id says, Want what other says. The name of
// the input is not compared: a file may be moved.
func (id Identity) Differences(other Identity) []Difference {
	var all []Difference
	have, want := id.properties(), other.properties()
	for i := range have {
		if have[i].value != want[i].value {
			all = append(all, Difference{have[i].name, have[i].value, want[i].value})
		}
	}
	return all
}

// SameInput reports whether other belongs to the same input.
func (id Identity) SameInput(other Identity) bool {
	return id.InputSHA256 == other.InputSHA256 && id.InputSize == other.InputSize
}

// WithInput returns id with the input of other.
func (id Identity) WithInput(other Identity) Identity {
	id.InputName, id.InputSHA256, id.InputSize, id.Rows = other.InputName, other.InputSHA256, other.InputSize, other.Rows
	return id
}

type property struct{ name, value string }

// properties returns what is compared.
func (id Identity) properties() []property {
	return []property{
		{"input_sha256", id.InputSHA256},
		{"input_size", strconv.FormatInt(id.InputSize, 10)},
		{"rows", strconv.FormatInt(id.Rows, 10)},
		{"mode", id.Mode},
		{"mapping", id.Mapping},
		{"options", id.Options},
		{"api_version", id.APIVersion},
		{"instance_id", id.InstanceID},
		{"key_kind", id.KeyKind},
	}
}

// identityColumns are the columns of meta that hold an Identity, in the order
// of values and of targets.
const identityColumns = "input_name, input_sha256, input_size, rows, mode, mapping, options, api_version, instance_id, key_kind"

func (id *Identity) values() []any {
	return []any{id.InputName, id.InputSHA256, id.InputSize, id.Rows,
		id.Mode, id.Mapping, id.Options, id.APIVersion, id.InstanceID, id.KeyKind}
}

func (id *Identity) targets() []any {
	return []any{&id.InputName, &id.InputSHA256, &id.InputSize, &id.Rows,
		&id.Mode, &id.Mapping, &id.Options, &id.APIVersion, &id.InstanceID, &id.KeyKind}
}
