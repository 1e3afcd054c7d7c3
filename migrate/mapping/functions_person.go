package mapping

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

func personFunctions() []function {
	return []function{
		{name: "first_name", params: "name", about: `the first word of a full name; what follows the comma in "King, Ada"`, takes: text1, call: onText(firstName),
			tests: []sample{{`first_name("Ada King Lovelace")`, `"Ada"`}, {`first_name("Lovelace, Ada")`, `"Ada"`}}},
		{name: "last_name", params: "name", about: "all but the first word; what stands before the comma", takes: text1, call: onText(lastName),
			tests: []sample{{`last_name("Ada King Lovelace")`, `"King Lovelace"`}, {`last_name("Plato")`, `""`}}},
		{name: "phone", params: "number, country",
			about: "the number in E.164 form. The country, such as \"US\", is that of numbers without a country code; without it they are refused",
			takes: []param{{kind: aText}, {kind: aWord, prepare: prepareCountry}}, least: 1, call: phone,
			tests: []sample{{`phone("(202) 555-0123", "US")`, `"+12025550123"`}, {`phone("+44 20 7946 0958")`, `"+442079460958"`}}},
	}
}

func firstName(name string) string {
	if last, first, comma := strings.Cut(name, ","); comma && strings.TrimSpace(last) != "" {
		return strings.TrimSpace(first)
	}
	all := words(name)
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func lastName(name string) string {
	if last, _, comma := strings.Cut(name, ","); comma && strings.TrimSpace(last) != "" {
		return strings.TrimSpace(last)
	}
	all := words(name)
	if len(all) < 2 {
		return ""
	}
	return strings.Join(all[1:], " ")
}

func prepareCountry(text string) (any, error) {
	code := strings.ToUpper(text)
	if !phonenumbers.GetSupportedRegions()[code] {
		return nil, unlikeAny("country", text, "US", "GB", "DE")
	}
	return country(code), nil
}

// A country is an ISO 3166 code that the numbering plans know.
type country string

var (
	errPhone        = bad("phone_unreadable", "the phone number cannot be read, or cannot exist in its country")
	errPhoneCountry = bad("phone_without_country", "the phone number has no country code, and the mapping names no country")
)

func phone(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	text = strings.TrimSpace(text)
	region := ""
	if len(args) > 1 {
		c, _ := args[1].(country)
		region = string(c)
	}
	if region == "" && !strings.HasPrefix(text, "+") {
		return nil, 0, errPhoneCountry
	}
	if len(text) > 64 {
		return nil, 0, errPhone
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return nil, 0, errPhone
	}
	return phonenumbers.Format(number, phonenumbers.E164), 16, nil
}
