package source

// A cause says how a migration comes to meet a code.
type cause struct{ code, text string }

// causes holds one for each code of the catalogue, in the order in which a
// reader looks for them.
var causes = []struct {
	group string
	list  []cause
}{
	{"the file", []cause{
		{codeNoInput, "a pattern of the shell or a variable of a script was empty"},
		{codeMissing, "the path is misspelt, or is meant from another folder"},
		{codeDirectory, "an export of several files lies in a folder of its own"},
		{codeUnreadable, "the file belongs to another user, or the disk fails"},
		{codeTwice, "a pattern of the shell holds a file that is named as well, or a link leads to it"},
		{codeEmpty, "the export failed, or has not begun to write"},
		{codeChanged, "the export still runs, or another program writes to the file"},
		{codeFormat, "the file is a workbook, a dump of a database or an archive"},
		{codeEncoding, "spreadsheets on Windows write UTF-16 or the encoding of the country"},
		{codeDamaged, "a copy or download broke off, or the export was killed"},
		{codeNested, "the export was compressed, and compressed again when it was sent"},
		{codeBomb, "a file that is mostly one repeated byte, be it by mistake or by intent, grows without an end"},
	}},
	{"CSV: the whole file", []cause{
		{codeNUL, "the file is UTF-16 without its mark, or was damaged on the way"},
		{codeCRLines, "old programs on a Mac, and some spreadsheets, end lines so"},
		{codeHeader, "the export begins with a title, a comment or an empty line"},
		{codeNoKnown, "the columns have the names of the legacy system"},
		{codeDuplicate, "a join of tables brought the column twice, or two spellings of one name stand side by side"},
		{codeEmptyHeader, "a program wrote its row numbers as a column, or a column was deleted in a spreadsheet but not its cells"},
		{codeUnknown, "the export holds columns that are not for Clerk, or a name is misspelt"},
		{codeMissingColumn, "the export was made with other columns than the mapping or preset expects, or by another version of the legacy system"},
		{codeBoundary, "a quote in a value was not doubled, so that the cell ends in another place than it should"},
		{codeUnterminated, "a quote in a value was not doubled, or the file is cut off"},
		{codeCutOff, "the export was killed, the disk was full, or a copy broke off"},
		{codeOtherHeader, "files of several exports were joined with cat"},
		{codeTooManyLines, "a quote in a value was not doubled, so that a cell swallows the rows below it"},
		{codeTooLong, "a quote or a line end is missing, or pictures and documents are kept in the profile"},
	}},
	{"CSV: one record", []cause{
		{codeShort, "trailing empty cells were left out, or a line break inside a value was not quoted"},
		{codeLong, "a value holds the delimiter and is not quoted"},
		{codeBlank, "an empty line stands in the file, often at its end"},
		{codeRepeated, "files with a header each were joined with cat"},
		{codeBareQuote, "the export was put together by hand instead of by a CSV writer"},
		{codeAfterQuote, "a quote in a value was not doubled"},
		{codeBareCR, "a value was typed on several lines and is not quoted"},
		{codeUnread, "a file of rejected rows is run as carryover report --rejects wrote it"},
		{codeUTF8, "a few values came from a system with another encoding, or were cut off in the middle of a character"},
	}},
	{"LDIF", []cause{
		{codeSearch, "directories give a search 500 or 1,000 entries unless it asks page by page"},
		{codeLDIFSyntax, "the export was edited by hand, or a program broke a long line without the space that goes on with it"},
		{codeNoDN, "the file begins in the middle of an entry, or an empty line was put into one"},
		{codeTwoEntries, "files were joined without an empty line between them"},
		{codeChange, "the file is a log of changes or a patch, not an export"},
		{codeBase64, "the export was edited by hand, or a line of it was cut off"},
		{codeURL, "the search wrote pictures and the like into files of their own (ldapsearch -t)"},
	}},
	{"JSON", []cause{
		{codePretty, "the export was written for people to read"},
		{codeArray, "the export was cut off or edited by hand"},
		{codeSyntax, "the export was put together by hand instead of by a JSON writer, or was edited"},
		{codeTruncated, "the export was killed, the disk was full, or a copy broke off"},
		{codeTwoValues, "a line break between two records is missing"},
		{codeNotObject, "the file is a list of ids, or an array of arrays"},
		{codeDuplicateKey, "an object was merged by text, or has a name in two spellings"},
		{codeLoneSurrogate, "a text with an emoji was cut off in the middle of it"},
		{codeDeep, "a whole tree of data is kept in the profile, or the file was made to do harm"},
	}},
}
