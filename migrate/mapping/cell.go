package mapping

import (
	"slices"
	"strconv"
	"strings"

	"carryover/source"
)

// A cellKind is what a column of Clerk's takes.
type cellKind uint8

const (
	textCell cellKind = iota
	secretCell
	boolCell
	intCell
	listCell
	objectCell
)

// kinds says what each column takes; texts are not listed.
var kinds = map[source.Column]cellKind{
	source.ColPassword: secretCell, source.ColPasswordDigest: secretCell, source.ColTOTPSecret: secretCell,
	source.ColNotifyPrimaryEmailAddressChanged: boolCell, source.ColSkipPasswordChecks: boolCell, source.ColSignOutOfOtherSessions: boolCell,
	source.ColDeleteSelfEnabled: boolCell, source.ColCreateOrganizationEnabled: boolCell, source.ColSkipLegalChecks: boolCell,
	source.ColBypassClientTrust: boolCell, source.ColSkipPasswordRequirement: boolCell, source.ColSkipUserRequirement: boolCell,
	source.ColSkipRestrictionChecks: boolCell, source.ColBanned: boolCell, source.ColLocked: boolCell,
	source.ColCreateOrganizationsLimit: intCell,
	source.ColBackupCodes:              listCell, source.ColEmailAddress: listCell, source.ColPhoneNumber: listCell, source.ColWeb3Wallet: listCell,
	source.ColEmailAddressIdentificationStatus: listCell, source.ColPhoneNumberIdentificationStatus: listCell,
	source.ColPublicMetadata: objectCell, source.ColPrivateMetadata: objectCell, source.ColUnsafeMetadata: objectCell,
}

// cellOf returns what a column holds for a value. What is null or empty is not
// given.
func cellOf(column source.Column, v any) (source.Cell, error) {
	if missing(v) {
		return source.Cell{}, nil
	}
	kind := kinds[column]
	if b, is := v.(bool); is && kind != boolCell {
		_ = b
		return source.Cell{}, bad("wrong_type", "the value is a boolean, which this property is not")
	}
	switch kind {
	case boolCell:
		b, err := truth(v)
		if err != nil {
			return source.Cell{}, bad("not_a_boolean", "the value is not a boolean")
		}
		return source.Cell{Text: strconv.FormatBool(b), Kind: source.Bool}, nil
	case listCell:
		return listOf(v)
	case objectCell:
		return objectOf(v)
	case secretCell:
		if text, is := v.(string); is {
			return source.Cell{Text: text, Kind: source.Text}, nil
		}
		return source.Cell{}, bad("wrong_type", "the value is not a text")
	}
	text, ok := textOf(v)
	if !ok {
		return source.Cell{}, bad("wrong_type", "the value is a list or an object, which this property is not")
	}
	return source.Cell{Text: text, Kind: source.Text}, nil
}

// listOf makes a list of a text, or of a list without its empty items.
func listOf(v any) (source.Cell, error) {
	items, err := textsOf(v)
	if err != nil {
		return source.Cell{}, err
	}
	return listCellOf(items)
}

func listCellOf(items []string) (source.Cell, error) {
	switch {
	case len(items) == 0:
		return source.Cell{}, nil
	case len(items) == 1 && !strings.ContainsAny(items[0], ",|[\""): // what the reader of the row would split
		return source.Cell{Text: items[0], Kind: source.Text}, nil
	}
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = item
	}
	text, err := appendList(nil, list)
	return source.Cell{Text: string(text), Kind: source.List}, err
}

// textsOf returns the texts of a list and of the lists in it, or the one of a
// text, without those that are missing and without repetitions.
func textsOf(v any) ([]string, error) {
	if missing(v) {
		return nil, nil
	}
	if text, ok := textOf(v); ok {
		return []string{text}, nil
	}
	all, is := v.([]any)
	if !is {
		return nil, bad("not_a_list", "the value is not a list of texts")
	}
	var items []string
	for _, item := range all {
		if inner, is := item.([]any); is {
			more, err := textsOf(inner)
			if err != nil {
				return nil, err
			}
			for _, text := range more {
				items = addText(items, text)
			}
			continue
		}
		if missing(item) {
			continue
		}
		text, ok := textOf(item)
		if !ok {
			return nil, bad("not_a_list", "the value is not a list of texts")
		}
		items = addText(items, text)
	}
	return items, nil
}

func addText(items []string, text string) []string {
	if slices.Contains(items, text) {
		return items
	}
	return append(items, text)
}

func objectOf(v any) (source.Cell, error) {
	switch v := v.(type) {
	case string:
		return source.Cell{Text: v, Kind: source.Text}, nil // JSON, or a problem of its own
	case map[string]any:
		if len(v) == 0 {
			return source.Cell{}, nil
		}
		text, err := appendObject(nil, v)
		return source.Cell{Text: string(text), Kind: source.Object}, err
	}
	return source.Cell{}, bad("metadata_not_object", "the metadata is not an object")
}

// straight returns a cell of the input as it is, where the column takes it so.
func straight(column source.Column, c source.Cell) (source.Cell, bool) {
	switch kinds[column] {
	case textCell, intCell:
		if c.Kind == source.Number {
			c.Kind = source.Text
		}
		return c, c.Kind == source.NotGiven || c.Kind == source.Text && c.Text != ""
	case secretCell:
		return c, c.Kind == source.NotGiven || c.Kind == source.Text && c.Text != ""
	case boolCell:
		return c, c.Kind == source.NotGiven || c.Kind == source.Bool
	case objectCell:
		return c, c.Kind == source.NotGiven || c.Kind == source.Object && len(c.Text) > 2
	}
	return c, c.Kind == source.NotGiven
}
