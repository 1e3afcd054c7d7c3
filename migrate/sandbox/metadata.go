package sandbox

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// mergeMetadata changes the metadata given by merging it into what is there.
func (s *Sandbox) mergeMetadata(id string, f *form, now time.Time) (*record, problems) {
	return s.change(id, now, func(r *record) (ps problems) {
		for i, m := range []struct {
			to   *jsontext.Value
			from *field[jsontext.Value]
		}{
			{&r.publicMetadata, &f.publicMetadata},
			{&r.privateMetadata, &f.privateMetadata},
			{&r.unsafeMetadata, &f.unsafeMetadata},
		} {
			if !m.from.given {
				continue
			}
			if *m.to = merge(*m.to, m.from.value); len(*m.to) > maxMetadata {
				ps = append(ps, tooMuchMetadata(metadataNames[i]))
			}
		}
		return ps
	})
}

// replaceMetadata puts the metadata given in the place of what is there.
func (s *Sandbox) replaceMetadata(id string, f *form, now time.Time) (*record, problems) {
	if ps := f.check(now, &s.cfg); len(ps) > 0 {
		return nil, ps
	}
	return s.change(id, now, func(r *record) problems {
		r.apply(f, now)
		return nil
	})
}

// merge is a JSON merge patch (RFC 7396): objects are merged at any depth, a
// null removes a member, anything else replaces it. Numbers keep their digits.
func merge(target, patch jsontext.Value) jsontext.Value {
	if patch.Kind() != '{' {
		return patch
	}
	var have, changes map[string]jsontext.Value
	if target.Kind() != '{' || json.Unmarshal(target, &have) != nil || have == nil {
		have = map[string]jsontext.Value{}
	}
	if json.Unmarshal(patch, &changes) != nil {
		return target // cannot be: both came through the decoder
	}
	for name, value := range changes {
		if value.Kind() == 'n' {
			delete(have, name)
			continue
		}
		have[name] = merge(have[name], value)
	}
	merged, err := json.Marshal(have, json.Deterministic(true))
	if err != nil {
		return target // cannot be, as above
	}
	return bytes.TrimSpace(merged)
}
