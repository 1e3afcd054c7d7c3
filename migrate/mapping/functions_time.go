package mapping

import "time"

// future is the only function that knows the time. The translator puts
// fnAfter and the time of the run in its place.
const future = "future"

func timeFunctions() []function {
	return []function{
		{name: "timestamp", params: "value, form, zone",
			about: `a time in RFC 3339, in UTC. The form is "s", "ms", "us" or "ns" (counted from 1970), "iso" (RFC 3339, SQL and .NET: date and time with T or a space, a fraction, a zone or not), "generalized" (LDAP), "filetime" (Active Directory), "dotnet" (as iso, or /Date(ms)/), or a pattern of YYYY MM DD hh mm ss. The zone, such as "UTC", "Europe/Paris" or "+02:00", is needed where the value has none: nothing is guessed. MySQL's 0000-00-00 is null`,
			takes: []param{{}, {kind: aWord, prepare: prepareForm}, {kind: aWord, prepare: prepareZone}}, least: 2, call: timestamp,
			tests: []sample{
				{`timestamp("1700000000123", "ms")`, `"2023-11-14T22:13:20.123Z"`},
				{`timestamp(1700000000, "s")`, `"2023-11-14T22:13:20Z"`},
				{`timestamp("2024-05-31 15:45:00.25+02", "iso")`, `"2024-05-31T13:45:00.25Z"`},
				{`timestamp("2024-05-31 15:45:00", "iso", "Europe/Paris")`, `"2024-05-31T13:45:00Z"`},
				{`timestamp("20240531134500Z", "generalized")`, `"2024-05-31T13:45:00Z"`},
				{`timestamp("/Date(1700000000123)/", "dotnet")`, `"2023-11-14T22:13:20.123Z"`},
				{`timestamp("133444736000000000", "filetime")`, `"2023-11-14T22:13:20Z"`},
				{`timestamp("31/05/2024 15:45", "DD/MM/YYYY hh:mm", "+02:00")`, `"2024-05-31T13:45:00Z"`},
			}},
		{name: future, params: "time", about: "whether a time, as timestamp() gives it, is yet to come as the run begins; false for null",
			takes: []param{{kind: aText}}, gives: boolType, call: func([]any) (any, uint, error) { return false, 0, nil }, // isAfter stands in for it
			tests: []sample{{`future(timestamp("2999-01-01", "YYYY-MM-DD", "UTC"))`, `true`}, {`future(timestamp("2001-01-01", "YYYY-MM-DD", "UTC"))`, `false`}}},
	}
}

func isAfter(args []any) (any, uint, error) {
	if missing(args[0]) {
		return false, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil { // it quotes the value
		return nil, 0, errTime
	}
	now, ok := args[1].(time.Time)
	if !ok {
		return nil, 0, wrongType("future() does not know the time")
	}
	return at.After(now), 0, nil
}
