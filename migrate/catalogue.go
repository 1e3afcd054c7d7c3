package migrate

type codeText struct {
	severity Severity
	meaning  string
	fix      string
}

// ConfirmedCode is the code of an update that counts as made because its user
// has changed since it was sent: a notice, in the state Updated.
const ConfirmedCode = "confirmed_by_updated_at"

const exhaustedCode = "attempts_exhausted"

// catalogue holds the text of every code that this package and package mapping
// give; cause.go has one more for each. Limits and shapes come from Clerk's reference for POST /users and
// PATCH /users/{user_id}.
var catalogue = map[string]codeText{
	// cells
	"not_a_boolean":       {Fatal, "the value is not a boolean", "write true, false, t, f, 1, 0, yes or no"},
	"not_an_integer":      {Fatal, "the value is not a whole number", "write digits only, without a fraction, exponent or separators"},
	"not_rfc3339":         {Fatal, "the time is not in RFC 3339 form", "write it like 2024-05-31T13:45:00Z, with the zone"},
	"time_in_future":      {Fatal, "the time lies in the future", "check the clock and the zone of the export"},
	"time_too_early":      {Fatal, "the time lies before 1970", "check the unit and the format of the export; leave it empty where it is not known"},
	"wrong_type":          {Fatal, "the JSON value has the wrong type for this column", "give the type that the column takes"},
	"not_a_list":          {Fatal, "the value is not a list of texts", "write a JSON array of strings, or values split by , or |"},
	"blank_item":          {Fatal, "the list holds an empty item", "remove it"},
	"repeated_item":       {Fatal, "the list holds the same item twice", "remove one of them"},
	"number_as_text":      {Warning, "the number is sent as text", "quote it in the file to make this warning go away"},
	"number_not_whole":    {Fatal, "the number has a fraction or an exponent, so that it is not certain which text it stands for", "quote it in the file, as the text that is meant"},
	"control_character":   {Fatal, "the value holds a control character", "remove it; it is often a sign of a broken export"},
	"invisible_character": {Fatal, "the value holds an invisible character, so that what a person or a program writes would not be the same", "remove it; files that were joined leave byte order marks behind, web pages zero-width spaces"},

	// who
	"external_id_sign":      {Fatal, "external_id begins with + or -, which Clerk's look-up reads as include or exclude", "prefix the ids, for instance with legacy_"},
	"external_id_too_long":  {Fatal, "external_id is longer than 255 bytes", "use a shorter id"},
	"external_id_space":     {Fatal, "external_id begins or ends with white space, so that it may not be found again", "trim it"},
	"external_id_invisible": {Warning, "external_id holds an invisible character; it is sent as it is", "check that your own data has it too"},
	"external_id_alike":     {Warning, "an earlier row has an external_id that looks the same and differs in its bytes, as Unicode's forms NFC and NFD do; both rows are sent", "merge the rows if they are one person"},
	"external_id_generated": {Warning, "the row has no external_id; one is generated, so that the user can be found again", "give the legacy id if your own data refers to it"},
	"external_id_comma":     {Warning, "external_id holds a comma; Clerk does not say whether a look-up by it works", "try one such user first"},
	"user_id_shape":         {Fatal, "user_id does not look like a Clerk user id (user_…)", "put the legacy id into external_id; user_id is for users that are in Clerk already"},
	"user_id_in_create":     {Fatal, "the row names a Clerk user, but --mode create only makes new ones", "use --mode upsert or update, or leave user_id out"},
	"no_key":                {Fatal, "the row has neither user_id nor external_id, so the user to update cannot be found", "add one of the two"},
	"no_identifier":         {Fatal, "the row has no e-mail address, phone number, username or wallet, so nobody could sign in", "add an identifier, or set skip_user_requirement if that is meant"},

	// duplicates
	"duplicate_user_id":       {Fatal, "an earlier row has the same user_id", "keep one of the rows"},
	"duplicate_external_id":   {Fatal, "an earlier row has the same external_id", "keep one of the rows, or make the ids differ"},
	"duplicate_email_address": {Fatal, "an earlier row has the same e-mail address (case does not count)", "merge the rows, or take the address out of one"},
	"duplicate_phone_number":  {Fatal, "an earlier row has the same phone number", "merge the rows, or take the number out of one"},
	"duplicate_username":      {Fatal, "an earlier row has the same username (case does not count)", "rename one of the users"},
	"duplicate_web3_wallet":   {Fatal, "an earlier row has the same wallet (case does not count)", "merge the rows, or take the wallet out of one"},

	// two inputs
	"delta_without_key": {Fatal, "the row has neither external_id nor user_id, and a user that was made of such a row is missing in this input: it may be this one, changed", "if it is, give the row the external_id that was generated for the user, which carryover status lists as vanished; if not, give it one of its own"},

	// names
	"name_too_long":    {Fatal, "the name is longer than 256 characters", "shorten it"},
	"name_suspicious":  {Warning, "the name looks like a web address, a phone number or HTML, which Clerk refuses", "correct the name"},
	"name_invisible":   {Warning, "the name holds an invisible character that no name needs, such as a zero-width space or a change of the direction of writing; it is sent as it is", "remove it"},
	"username_shape":   {Warning, "the username has characters or a length that Clerk's default rules refuse (4 to 64 of a-z, 0-9, _ and -, not digits alone)", "allow them in the instance's settings, or change the username"},
	"locale_invalid":   {Fatal, "the locale is not a BCP 47 language tag", "write it like en-US, or leave it out"},
	"locale_rewritten": {Warning, "the locale is written in another form than BCP 47 asks for; the right form is sent", "nothing needs to be done"},

	// identifiers
	"email_invalid":             {Fatal, "the e-mail address is not valid", "correct it, or leave it out if the user has another identifier"},
	"email_domain_reserved":     {Fatal, "the e-mail address is in a domain that is not on the public internet, which Clerk refuses", "use the real address, or leave it out if the user has another identifier"},
	"phone_not_e164":            {Fatal, "the phone number is not in E.164 form", "write it like +12025550123: a plus, the country code, digits only"},
	"phone_impossible":          {Fatal, "the phone number cannot exist: wrong country code or length", "correct it, or leave it out if the user has another identifier"},
	"phone_not_valid":           {Warning, "the phone number is not assigned in its country's numbering plan", "check it; Clerk may refuse it"},
	"wallet_invalid":            {Fatal, "the wallet address is not valid", "write 0x and 40 hexadecimal digits, or a base58 address"},
	"status_value":              {Fatal, "an identification status is neither verified nor reserved", "write verified or reserved for each identifier"},
	"status_count":              {Fatal, "there are not as many statuses as identifiers", "give one status for each, in the same order, or none at all"},
	"identification_id_shape":   {Fatal, "the value is not the id of an identification (idn_…)", "take the id from the user's e-mail addresses, phone numbers or wallets in Clerk"},
	"update_only_column":        {Warning, "this column only has an effect where the user exists already", "nothing needs to be done; it is left out of a create"},
	"create_only_column":        {Warning, "this column only has an effect where the user is created", "nothing needs to be done; it is left out of an update"},
	"notify_without_primary":    {Warning, "notify_primary_email_address_changed does nothing without primary_email_address_id", "leave it out"},
	"notifications_not_allowed": {Fatal, "notify_primary_email_address_changed would send mail to this user", "leave it out, or say --allow-notifications if that is meant"},

	// passwords
	"password_too_short":                    {Fatal, "the password is shorter than 8 characters, which Clerk refuses", "leave it out, so that the user sets a new one"},
	"password_too_long":                     {Warning, "the password is longer than 72 bytes; bcrypt, which Clerk stores, ignores the rest", "nothing needs to be done; the user can sign in"},
	"password_and_digest":                   {Fatal, "the row has a password and a digest; Clerk takes one of them", "leave one out"},
	"digest_without_hasher":                 {Fatal, "the row has a password_digest but no password_hasher", "name the hasher; carryover hashers identify helps to find it"},
	"hasher_without_digest":                 {Fatal, "the row has a password_hasher but no password_digest", "add the digest, or leave the hasher out"},
	"digest_trimmed":                        {Warning, "there was white space around the digest; it is sent without it", "nothing needs to be done"},
	"skip_password_checks_without_password": {Warning, "skip_password_checks has no effect without a plain password; it is not sent", "leave it out"},
	"sign_out_without_password":             {Warning, "sign_out_of_other_sessions has no effect without a password; it is not sent", "leave it out"},

	MaskedCode: {Fatal, "the secret is masked, as carryover report --rejects writes it", "put the real value in its place, or write the file again with --include-secrets"},

	// second factors
	"totp_not_base32":    {Fatal, "the TOTP secret is not base32", "export it as base32 (A-Z, 2-7); hexadecimal and base64 need converting first"},
	"totp_parameters":    {Fatal, "the TOTP secret is not for SHA1, 6 digits and 30 seconds, the only kind that Clerk takes", "leave it out; the user must set up the second factor again"},
	"totp_otpauth":       {Fatal, "the otpauth:// address is not one for TOTP with a secret", "correct it, or give the bare base32 secret"},
	"totp_rewritten":     {Warning, "the TOTP secret was written with lower case, spaces or padding; it is sent without", "nothing needs to be done"},
	"totp_short":         {Warning, "the TOTP secret is shorter than 80 bits", "check that it is complete"},
	"backup_codes_empty": {Fatal, "the list of backup codes is empty", "leave it out, or give the codes"},
	"backup_code_digest": {Fatal, "a backup code looks like a bcrypt digest but is not a whole one", "give plain codes or whole bcrypt digests"},

	// metadata
	"metadata_invalid":      {Fatal, "the metadata is not valid JSON", "write a JSON object"},
	"metadata_not_object":   {Fatal, "the metadata is not a JSON object", "write it like {\"plan\":\"pro\"}"},
	"metadata_number_range": {Warning, "the metadata holds a number beyond what a double can hold (1.8e308), which few readers of JSON take; it is sent as it is", "write it as a text"},
	"metadata_too_large":    {Fatal, "the metadata is larger than 8 KB", "move what is large to your own database"},
	"limit_negative":        {Fatal, "create_organizations_limit is negative", "write 0 for no limit, or a positive number"},

	// what the settings of the instance say
	"email_address_off":      {Fatal, "the instance has e-mail addresses off, so that Clerk refuses the user", "turn on e-mail in the Clerk Dashboard (User & authentication, Email), or leave the address out"},
	"phone_number_off":       {Fatal, "the instance has phone numbers off, so that Clerk refuses the user", "turn on phone in the Clerk Dashboard (User & authentication, Phone), or leave the number out"},
	"web3_wallet_off":        {Fatal, "the instance has Web3 wallets off, so that Clerk refuses the user", "turn on Web3 in the Clerk Dashboard (User & authentication, Web3), or leave the wallet out"},
	"username_off":           {Fatal, "the instance has usernames off, so that Clerk refuses the user", "turn on usernames in the Clerk Dashboard (User & authentication, Username), or leave the username out"},
	"name_off":               {Fatal, "the instance has first and last names off, so that Clerk refuses the user", "turn on first and last name in the Clerk Dashboard (User & authentication, User model), or leave the name out"},
	"password_off":           {Fatal, "the instance has passwords off, so that Clerk refuses the user", "turn on passwords in the Clerk Dashboard (User & authentication, Password), or leave the password out where users are to sign in another way"},
	"totp_off":               {Fatal, "the instance has authenticator apps off, so that Clerk refuses the user", "turn on authenticator application in the Clerk Dashboard (Multi-factor), or leave the secret out: the account has no second factor then"},
	"backup_codes_off":       {Fatal, "the instance has backup codes off, so that Clerk refuses the user", "turn on backup codes in the Clerk Dashboard (Multi-factor), or leave the codes out"},
	"email_address_required": {Fatal, "the instance requires an e-mail address, and the row has none", "make it optional in the Clerk Dashboard (User & authentication, Email), add an address, or set skip_user_requirement"},
	"phone_number_required":  {Fatal, "the instance requires a phone number, and the row has none", "make it optional in the Clerk Dashboard (User & authentication, Phone), add a number, or set skip_user_requirement"},
	"web3_wallet_required":   {Fatal, "the instance requires a Web3 wallet, and the row has none", "make it optional in the Clerk Dashboard (User & authentication, Web3), add a wallet, or set skip_user_requirement"},
	"username_required":      {Fatal, "the instance requires a username, and the row has none", "make it optional in the Clerk Dashboard (User & authentication, Username), add a username, or set skip_user_requirement"},
	"name_required":          {Fatal, "the instance requires the name, and the row has none", "make it optional in the Clerk Dashboard (User & authentication, User model), add the name, or set skip_user_requirement"},
	"password_required":      {Fatal, "the instance requires a password, and the row has none and says skip_password_requirement false", "leave skip_password_requirement out, or add the password"},
	"password_only":          {Fatal, "a password is the only way to sign in to the instance, and the row has none", "turn on another way in the Clerk Dashboard (User & authentication), such as an e-mail code, or add the password or its digest"},
	"legal_consent_required": {Fatal, "the instance requires legal consent, and the row has no legal_accepted_at", "give the time at which the user accepted, set skip_legal_checks, or turn it off in the Clerk Dashboard (Legal)"},
	"username_characters":    {Fatal, "the username holds characters that the instance does not take: it takes letters, digits, _ and -", "allow special characters in the Clerk Dashboard (User & authentication, Username), or change the username"},
	"username_length":        {Fatal, "the username is shorter or longer than the instance takes", "change the length in the Clerk Dashboard (User & authentication, Username), or the username"},
	"password_length":        {Fatal, "the password is shorter or longer than the instance takes", "change the length in the Clerk Dashboard (User & authentication, Password), set skip_password_checks, or leave the password out"},
	"no_sign_in":             {Warning, "no identifier of the row is one that a sign-in to the instance begins with", "turn on sign-in with it in the Clerk Dashboard (User & authentication), unless these users sign in with a connection such as Google"},

	// what a mapping finds
	"mapping_drop":          {Drop, "the mapping leaves rows like this one out", "nothing needs to be done; change its drop rules if the row is to be sent"},
	"mapping_reject":        {Fatal, "the mapping refuses rows like this one", "do what the mapping's reason says"},
	"mapping_warn":          {Warning, "the mapping has something to say about rows like this one", "do what the mapping's reason says"},
	"mapping_failed":        {Fatal, "an expression of the mapping could not be computed for the row", "correct the mapping at the place that the message names; a run does not start before"},
	"unverified_left_out":   {Warning, "an address or number that nobody has proved is left out, as the user has another identifier", "nothing needs to be done; --unverified reserved keeps it as reserved for the user, who proves it later"},
	"unverified_only":       {Fatal, "the user's only identifier is one that nobody has proved", "--unverified reserved creates it as reserved for the user, who proves it later"},
	"digest_form":           {Fatal, "the digest has the form of none of the hashers that the mapping names", "carryover hashers identify tells what it is; --no-password without sends the user without a password"},
	"totp_not_migratable":   {Fatal, "the second factor is in a form that cannot be moved", "--no-totp without sends the user without it; the user must set it up again"},
	"digest_not_migratable": {Fatal, "the digest is of a kind that Clerk cannot take", "--no-password without sends the user without a password"},
	"join_key_twice":        {Fatal, "two records of a second file have the same key, so that it is not certain which of them belongs to the user", "keep one of them, or say many: true in the mapping"},
	"not_a_time":            {Fatal, "the value is not a time of the form that the mapping names", "correct the value, or the form in the mapping"},
	"time_without_zone":     {Fatal, "the time has no zone, and the mapping names none", "name the zone in the mapping, as the third argument of timestamp()"},
	"not_a_number":          {Fatal, "the number is infinite, or none at all", "correct the value"},
	"phone_unreadable":      {Fatal, "the phone number cannot be read, or cannot exist in its country", "correct it, or write on_error: leave_out below phone_number in the mapping"},
	"phone_without_country": {Fatal, "the phone number has no country code, and the mapping names no country", "name the country in the mapping, as the second argument of phone()"},
	"json_invalid":          {Fatal, "the value that the mapping reads as JSON is not valid JSON", "correct the value"},
	"php_invalid":           {Fatal, "the value is not what PHP's serialize() writes, or holds an object or reference", "correct the value, or leave it out in the mapping"},
	"coding_invalid":        {Fatal, "the value is not of the coding that the mapping names", "correct the value, or the coding in the mapping"},
	"value_too_large":       {Fatal, "a value that the mapping makes is larger than 1 MiB, or a list longer than 10,000 items", "leave it out in the mapping"},
	"value_invalid_utf8":    {Fatal, "a value that the mapping makes is not valid UTF-8", "correct the value"},

	// what only a run meets
	"user_missing": {Fatal, "no such user in this instance", "check the id and the instance; --mode upsert creates users that are missing"},
	"user_exists":  {Fatal, "a user with this external_id is in the instance already", "use --mode upsert to update it"},
	planChangedCode: {Fatal, "the plan of --plan says something else for the row than what would be done now: its user appeared, is gone, or changed since, so nothing is sent for it",
		"make a new plan with --dry-run --plan, or send such rows as they would be sent now with --only rejected=plan_changed and no --plan"},
	"no_answer": {Fatal, "no answer came to a request, so that it is not known yet whether it was processed", "run the same command again: the user is looked up first"},
	exhaustedCode: {Fatal, "every request for the row failed for reasons that need not be its own, in this run and in earlier ones",
		"see whether Clerk is well, then send such rows again with --only rejected=attempts_exhausted"},
	ConfirmedCode: {Warning, "no answer came to the update, and the user has changed since: it counts as made, so that nothing the user changed is undone",
		"to send such updates again all the same, add --reapply"},
	"identifier_taken":  {Fatal, "another user of the instance has the same e-mail address, phone number, username or wallet", "find that user in Clerk; give it this row's external_id, or take the identifier out of the row"},
	"email_not_changed": {Warning, "the row's e-mail addresses differ from the user's; an update cannot change them; the rest is sent", "change them in Clerk where that is meant"},
	"phone_not_changed": {Warning, "the row's phone numbers differ from the user's; an update cannot change them; the rest is sent", "change them in Clerk where that is meant"},

	// of run --canary: they are about an account, and stop the run
	"canary_not_migrated":   {0, "the user of the account was not brought to Clerk", "see the code of its row; once that is mended, the same command tries again"},
	"canary_not_asked":      {0, "Clerk was not asked about the account", "run the same command again: it asks about every account of the canary"},
	"canary_wrong_password": {0, "Clerk says that the password is not the user's", "carryover validate --prove says whether the password opens the row's digest: if it does not, correct the password of the account, or the hasher and digest of the rows"},
	"canary_no_password":    {0, "the user has no password in Clerk", "choose an account with a password, or see why the row brings none"},
	"canary_wrong_totp":     {0, "Clerk says that the TOTP code is not the user's", "give totp_secret in the place of totp_code, which runs out after 30 seconds; check the clock of this machine, and the column totp_secret of the row"},
	"canary_no_totp":        {0, "the user has no second factor by TOTP in Clerk", "leave totp_code and totp_secret of the account empty, or see why the row brings no totp_secret"},
	"canary_backup_code":    {0, "what was given as a TOTP code is one of the user's backup codes, and is used up now", "give totp_secret in the place of totp_code"},
	"canary_not_verified":   {0, "Clerk does not say whether the account can sign in", "see the code and the trace id of the answer; choose another account where only Clerk's sign-in itself can tell, as for awscognito"},

	// what only verify meets
	DiffersCode:      {Fatal, "the user in Clerk is not what the row says, and nothing shows that it has changed since the row was written", "compare the two in the file of --differences; an update of these users brings them to what their rows say"},
	ChangedSinceCode: {Warning, "the user is not what the row says, and has changed since the row was written", "nothing needs to be done where the user, or the application, changed it"},
	BeyondCode:       {Warning, "the user was there before and is not what the row says, in something that Clerk's update cannot change", "change it in Clerk where that is meant"},
	GoneCode:         {Fatal, "the instance has no such user", "see whether somebody deleted the user, and whether the key opens the instance of the migration; to make the user again, run the row as an input of its own"},
	ExtraCode:        {Warning, "this migration made the user, and no row of the input names it any more", "carryover status --vanished lists those that the input does not have any more; delete them in Clerk where that is meant"},
}

// OwnWords reports whether the message of a code is that of a mapping's author, or
// of an instance, so that two problems with the code may be about two things.
func OwnWords(code string) bool { return ownWords[code] }

var ownWords = map[string]bool{
	"mapping_drop": true, "mapping_reject": true, "mapping_warn": true, "mapping_failed": true, "digest_not_migratable": true, "totp_not_migratable": true,
	"username_length": true, "password_length": true,
}
