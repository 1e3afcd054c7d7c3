package migrate

import "carryover/source"

// Masked stands in the place of a secret that was not to be shown. Where it is
// read again, the row is refused: it must never become somebody's password.
const Masked = "***"

// MaskedCode is the code of a row whose secret is [Masked].
const MaskedCode = "masked_secret"

// secretColumns are those that hold secrets, in their order.
var secretColumns = func() (secret []source.Column) {
	for c := range source.Column(source.NumColumns) {
		if c.Secret() {
			secret = append(secret, c)
		}
	}
	return secret
}()

// unmask takes masked secrets out of the row.
func (p *parser) unmask() {
	for _, c := range secretColumns {
		if !p.given(c) {
			continue
		}
		if text, kind := p.row.Cell(c); kind != source.Text || text != Masked {
			continue
		}
		p.report(c, MaskedCode)
		p.row.Set(c, "", source.NotGiven)
		if c == source.ColPasswordDigest { // one problem is enough
			p.row.Set(source.ColPasswordHasher, "", source.NotGiven)
		}
	}
}
