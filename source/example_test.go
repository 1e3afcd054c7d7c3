package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"carryover/source"
)

func Example() {
	users := "external_id,email_address,Public Metadata\n" +
		"u1,ada@example.org,\"{\"\"plan\"\":\"\"pro\"\"}\"\n" +
		"u2,\"bob\"@example.org,\n" +
		"u3,,\n"
	in, err := source.Open([]string{"-"}, source.Options{Stdin: strings.NewReader(users)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer in.Close()
	for row, err := range in.Rows(context.Background()) {
		var bad *source.RowError
		switch {
		case errors.As(err, &bad):
			fmt.Printf("row %d, line %d: %s (%s)\n", bad.Number, bad.Line, bad.Message, bad.Code)
		case err != nil:
			fmt.Println(err) // the stream ends here
		default:
			metadata, kind := row.Cell(source.ColPublicMetadata)
			fmt.Printf("row %d, line %d: %s, metadata %s %s\n", row.Number, row.Line, row.ExternalID, kind, metadata)
		}
	}
	// Output:
	// row 1, line 2: u1, metadata text {"plan":"pro"}
	// row 2, line 3: text follows the closing quote of the cell (text_after_quote)
	// row 3, line 4: u3, metadata not given
}
