package source

// A CodeInfo explains one code of a [RowError] or a [FileError]. The texts are
// whole sentences without a full stop.
type CodeInfo struct {
	Code    string
	Group   string // what it is about, for a table of contents
	Meaning string
	Cause   string // how a migration comes to meet it
	Fix     string // what to do
	Ends    bool   // whether reading ends there: the code of a FileError
}

// Codes returns every code that this package gives, group by group.
func Codes() []CodeInfo {
	codes := make([]CodeInfo, 0, len(catalogue))
	for _, g := range causes {
		for _, c := range g.list {
			text := catalogue[c.code]
			codes = append(codes, CodeInfo{
				Code: c.code, Group: g.group, Meaning: text.meaning, Cause: c.text, Fix: text.fix, Ends: text.ends,
			})
		}
	}
	return codes
}

// The codes. Some are given for a record where its end is certain, and for the
// file where it is not; catalogue says which is the rule.
const (
	codeNoInput       = "no_input"
	codeMissing       = "file_missing"
	codeDirectory     = "file_is_directory"
	codeUnreadable    = "file_unreadable"
	codeTwice         = "file_given_twice"
	codeEmpty         = "file_empty"
	codeChanged       = "file_changed"
	codeFormat        = "unsupported_format"
	codeEncoding      = "wrong_encoding"
	codeDamaged       = "compressed_damaged"
	codeNested        = "compressed_twice"
	codeBomb          = "decompression_limit"
	codeNUL           = "nul_byte"
	codeCRLines       = "cr_line_ends"
	codeHeader        = "header_broken"
	codeNoKnown       = "no_known_column"
	codeDuplicate     = "duplicate_column"
	codeEmptyHeader   = "empty_header"
	codeUnknown       = "unknown_column"
	codeMissingColumn = "missing_column"
	codeBoundary      = "record_boundary"
	codeUnterminated  = "quote_unterminated"
	codeCutOff        = "file_cut_off"
	codeOtherHeader   = "other_header"
	codeTooManyLines  = "record_too_many_lines"
	codeTooLong       = "record_too_long"
	codePretty        = "json_pretty_printed"
	codeArray         = "json_array_broken"
	codeShort         = "short_record"
	codeLong          = "long_record"
	codeBlank         = "empty_record"
	codeRepeated      = "repeated_header"
	codeBareQuote     = "bare_quote"
	codeAfterQuote    = "text_after_quote"
	codeBareCR        = "bare_cr"
	codeUTF8          = "invalid_utf8"
	codeSyntax        = "json_syntax"
	codeTruncated     = "json_truncated"
	codeTwoValues     = "json_two_values"
	codeNotObject     = "json_not_object"
	codeDuplicateKey  = "json_duplicate_key"
	codeLoneSurrogate = "json_lone_surrogate"
	codeDeep          = "json_too_deep"
	codeSearch        = "ldif_search_ended"
	codeLDIFSyntax    = "ldif_syntax"
	codeNoDN          = "ldif_no_dn"
	codeTwoEntries    = "ldif_two_entries"
	codeChange        = "ldif_change"
	codeBase64        = "ldif_base64"
	codeURL           = "ldif_url"
	codeUnread        = "record_not_corrected"
)

type codeText struct {
	ends    bool
	meaning string
	fix     string
}

var catalogue = map[string]codeText{
	// the file
	codeNoInput:    {true, "no file was named", "name a file, or - for standard input"},
	codeMissing:    {true, "there is no such file", "check the path"},
	codeDirectory:  {true, "the path is a folder", "name the files in it"},
	codeUnreadable: {true, "the file could not be read", "check its permissions and the disk"},
	codeTwice:      {true, "the same file was named twice, so that each of its users would come twice", "name it once"},
	codeEmpty:      {true, "the file holds nothing", "check the export that made it"},
	codeChanged:    {true, "the file was written to while it was being read", "let the export finish, work on a copy, and start again"},
	codeFormat:     {true, "the file is of a kind that is not read here", "give CSV, JSON Lines, a JSON array or LDIF, plain or compressed with gzip or zstd"},
	codeEncoding:   {true, "the file is not in UTF-8", "convert it, for instance with iconv, or export it again as UTF-8"},
	codeDamaged:    {true, "the compressed file is cut off or damaged", "copy or export it again; gzip -t or zstd -t tells whether it is whole"},
	codeNested:     {true, "the file is compressed twice", "take one layer off"},
	codeBomb:       {true, "the file grows beyond the limit when decompressed", "decompress it yourself, look at it, and give the plain file"},

	// CSV: the file
	codeNUL:           {true, "the file holds a NUL byte, which no text has", "export it again as UTF-8 text; tr -d '\\000' < FILE > OUT removes the bytes if they are known to be noise"},
	codeCRLines:       {true, "the lines end with CR alone, so that the records cannot be told apart", "convert the line ends: tr '\\r' '\\n' < FILE > OUT"},
	codeHeader:        {true, "the first line cannot be read as a header", "write the names of the columns into the first line, separated by the delimiter"},
	codeNoKnown:       {true, "the header has no column that is known here", "carryover inspect FILE says which preset reads the file, or writes a mapping for it; or rename the columns to the names of Clerk's properties, which the README lists"},
	codeDuplicate:     {true, "two columns of the header mean the same", "remove or rename one of them"},
	codeEmptyHeader:   {true, "a column in the middle of the header has no name", "name it, or remove it (pandas: to_csv(index=False))"},
	codeUnknown:       {true, "a column is not known here, and --strict refuses such columns", "correct its name, remove it, or leave --strict out"},
	codeMissingColumn: {true, "the mapping names a column that the file does not have", "correct its name in the mapping, or list it under optional if it may be missing"},
	codeBoundary:      {true, "where one record ends and the next begins is doubtful, so that rows could be lost", "correct the quotes of the record: a quote inside a quoted cell is written twice"},
	codeUnterminated:  {true, "a quoted cell is still open at the end of the file", "add the missing quote, or remove the stray one; if the file is cut off, export it again"},
	codeCutOff:        {true, "the file ends in the middle of a record, so that it is not all there", "export or copy the file again; if it is all there, complete or delete its last record"},
	codeOtherHeader:   {true, "a header with other columns stands further down, as where files of different columns were joined, so that the cells below it would be misread", "name the files one after the other instead of joining them"},
	codeTooManyLines:  {true, "a record spans more lines than any real one does, which a stray quote causes", "find the stray quote near the line given, and remove it or write it twice"},
	codeTooLong:       {true, "a record is larger than the limit", "check the quotes and line ends near the line given; profile data of this size belongs in your own database"},

	// CSV: one record
	codeShort:      {false, "the record has fewer cells than the header has columns", "add the missing delimiters"},
	codeLong:       {false, "the record has more cells than the header has columns", "put quotes around the cell that holds the delimiter"},
	codeBlank:      {false, "the record has no value in any column", "delete the line"},
	codeRepeated:   {false, "the record repeats the header, as joined files do", "delete the line"},
	codeBareQuote:  {false, "a cell that does not begin with a quote holds one", "put quotes around the cell and write the quote inside it twice"},
	codeAfterQuote: {false, "text follows the closing quote of a cell", "write a quote inside a quoted cell twice"},
	codeBareCR:     {false, "a cell holds a carriage return outside quotes", "remove it, or put quotes around the cell"},
	codeUTF8:       {false, "the record is not valid UTF-8", "correct the bytes; if many records have this problem, the file is in another encoding: iconv -f WINDOWS-1252 -t UTF-8 FILE > OUT"},

	// JSON
	codePretty:        {true, "the JSON objects are spread over several lines", "write one object a line: jq -c . FILE > OUT"},
	codeArray:         {true, "the JSON array is broken, so that the records after this place cannot be told apart", "correct the place given; jq . FILE finds it too"},
	codeSyntax:        {false, "the record is not valid JSON", "correct the place given"},
	codeTruncated:     {false, "the record ends in the middle of its JSON", "complete it; if it is the last line, the file is cut off: export it again"},
	codeTwoValues:     {false, "the line holds more than one JSON value", "put each object on a line of its own"},
	codeNotObject:     {false, "the record is not a JSON object", "write each user as an object: {\"external_id\":\"…\"}"},
	codeDuplicateKey:  {false, "two keys of the record mean the same", "keep one of them"},
	codeLoneSurrogate: {false, "a JSON string holds half of a surrogate pair, which is no character", "correct the \\u escape in the export"},
	codeUnread:        {false, "the record stands in carryover_record as carryover gave it back, since it could not be read", "write its members in the place of carryover_record"},
	codeDeep:          {false, "the record is nested deeper than the limit", "flatten its metadata"},

	// LDIF
	codeSearch:     {true, "the directory ended the search before all entries were found", "let ldapsearch ask page by page (-E pr=500/noprompt) or raise the limit, and export again"},
	codeLDIFSyntax: {false, "a line of the entry is no \"attribute: value\"", "correct the line; one that goes on the line before it begins with a space"},
	codeNoDN:       {false, "an entry does not begin with its dn", "put the line with the dn first, and no empty line behind it"},
	codeTwoEntries: {false, "two entries stand one behind the other without an empty line between", "put an empty line between them"},
	codeChange:     {false, "the record is a change to an entry (changetype), not an entry", "export the entries themselves: slapcat, or ldapsearch -L"},
	codeBase64:     {false, "a value behind two colons is not base64", "correct the value, or export the entry again"},
	codeURL:        {false, "a value stands in another file (attribute:< file:…), which is not read", "export the values themselves: ldapsearch without -t"},
}
