package mapping

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

func readCSV(csv *yamlMap, s *shape) (err error) {
	if err := csv.only("header", "delimiter", "null", "tabs"); err != nil {
		return err
	}
	for _, member := range csv.members {
		if null, is := member.value.(*ast.NullNode); is && member.key == "null" && null.GetToken().Type == token.NullType {
			return csv.page.at(null).fail("null is a list of texts").advise(`write null: ["NULL"]`)
		}
	}
	if s.null, err = csv.texts("null"); err != nil {
		return err
	}
	if s.header, err = csv.texts("header"); err != nil {
		return err
	}
	for i, name := range s.header {
		if name == "" || slices.Contains(s.header[:i], name) {
			member, _ := csv.get("header")
			return csv.page.at(member.value).fail("the header has a name that is empty or stands there twice: %q", name)
		}
	}
	tabs, err := csv.text("tabs")
	if err != nil {
		return err
	}
	switch tabs {
	case "", "quoted":
	case "escaped":
		s.escaped = true
	default:
		member, _ := csv.get("tabs")
		return csv.page.at(member.value).fail("tabs is quoted or escaped")
	}
	return readDelimiter(csv, s)
}

func readDelimiter(csv *yamlMap, s *shape) error {
	delimiter, err := csv.text("delimiter")
	if err != nil {
		return err
	}
	switch {
	case delimiter == "":
	case delimiter == "tab":
		s.delimiter = '\t'
	case len(delimiter) == 1 && (delimiter == "\t" || delimiter[0] > ' ' && delimiter[0] < 0x7f && delimiter != `"`):
		s.delimiter = delimiter[0]
	default:
		member, _ := csv.get("delimiter")
		return csv.page.at(member.value).fail(`the delimiter is one character, such as ";", or tab`)
	}
	return nil
}
