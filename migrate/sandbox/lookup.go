package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of GET /users, from Clerk's OpenAPI document.
const (
	defaultLimit = 10
	maxLimit     = 500
	maxFilter    = 100 // values of one filter
)

// A query is what GET /users and GET /users/count are asked for.
type query struct {
	filters       []filter
	limit, offset int
	after         string // starting_after
	ascending     bool
}

// A filter is one property that the users must have, and must not have. All
// filters of a query must agree.
type filter struct {
	kind             string // a unique kind, or user_id
	folded           bool   // the values are in lower case, whatever the kind
	include, exclude map[string]bool
}

const byUserID = "user_id"

// listUsers answers GET /users.
func (c *call) listUsers() reply {
	q, ps := parseQuery(c.r.URL.Query())
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	found, ps := c.s.users.find(q, c.s.cfg.Now())
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	body := append(c.memory.answer[:0], '[')
	for i, r := range found {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendUser(body, r)
	}
	c.memory.answer = append(body, ']')
	return reply{status: http.StatusOK, body: c.memory.answer}
}

// countUsers answers GET /users/count, which takes the filters of GET /users.
// Paging is checked and plays no part.
func (c *call) countUsers() reply {
	q, ps := parseQuery(c.r.URL.Query())
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	q.limit, q.offset, q.after = 0, 0, ""
	found, _ := c.s.users.find(q, c.s.cfg.Now())
	return c.ok(countAnswer{Object: "total_count", TotalCount: len(found)})
}

// parseQuery reads the parameters. One that the sandbox does not know is
// refused: without the filter, the answer would hold too many users.
func parseQuery(values url.Values) (q query, ps problems) {
	q.limit = defaultLimit
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list := values[name]
		var p *problem
		switch name {
		case byEmail, byPhone, byWallet, byUsername, byExternal, byUserID:
			p = q.addFilter(name, list)
		case "limit":
			p = number(name, list, 1, maxLimit, &q.limit)
		case "offset":
			p = number(name, list, 0, 1<<31, &q.offset)
		case "starting_after":
			q.after = list[0]
		case "order_by":
			p = q.setOrder(list[0])
		default:
			p = new(unknownParam(name))
		}
		if p != nil {
			ps = append(ps, *p)
		}
	}
	if q.after != "" && q.offset > 0 {
		ps = append(ps, badValue("starting_after", "cannot be combined with offset"))
	}
	return q, ps
}

func (q *query) setOrder(order string) *problem {
	switch order {
	case "created_at", "+created_at":
		q.ascending = true
	case "-created_at":
	default:
		return new(badValue("order_by", "must be created_at, +created_at or -created_at"))
	}
	return nil
}

// number reads an integer parameter; of several, the first counts.
func number(name string, list []string, low, high int, to *int) *problem {
	n, err := strconv.Atoi(list[0])
	if err != nil || n < low || n > high {
		return new(badValue(name, "must be an integer from "+strconv.Itoa(low)+" to "+strconv.Itoa(high)))
	}
	*to = n
	return nil
}

// addFilter reads the values of one filter. For external_id and user_id, a +
// in front of a value includes it, as no sign does, and a - excludes it; only
// the first character is a sign.
func (q *query) addFilter(kind string, values []string) *problem {
	if len(values) > maxFilter {
		return new(invalid("form_param_array_size_exceeded", kind, "must not have more than 100 values"))
	}
	f := filter{kind: kind, include: map[string]bool{}, exclude: map[string]bool{}}
	for _, value := range values {
		to := f.include
		if kind == byExternal || kind == byUserID {
			if rest, ok := strings.CutPrefix(value, "-"); ok {
				value, to = rest, f.exclude
			} else {
				value = strings.TrimPrefix(value, "+")
			}
		}
		to[fold(kind, value)] = true
	}
	q.filters = append(q.filters, f)
	return nil
}

// foldExternalIDs makes the filter by external_id look away from the case.
func (q *query) foldExternalIDs() {
	for i := range q.filters {
		f := &q.filters[i]
		if f.kind != byExternal {
			continue
		}
		f.folded = true
		for _, set := range []*map[string]bool{&f.include, &f.exclude} {
			lower := map[string]bool{}
			for id := range *set {
				lower[strings.ToLower(id)] = true
			}
			*set = lower
		}
	}
}

// passes tells whether a user has what the filter includes and nothing of what
// it excludes. A filter that only excludes lets everybody else pass.
func (f *filter) passes(r *record) bool {
	if f.kind == byUserID {
		return (len(f.include) == 0 || f.include[r.id]) && !f.exclude[r.id]
	}
	included := len(f.include) == 0
	for kind, key := range r.keys {
		if kind != f.kind {
			continue
		}
		if f.folded {
			key = strings.ToLower(key)
		}
		if f.exclude[key] {
			return false
		}
		included = included || f.include[key]
	}
	return included
}

func (q *query) passes(r *record, now time.Time) bool {
	if now.Before(r.visibleAt) {
		return false
	}
	for i := range q.filters {
		if !q.filters[i].passes(r) {
			return false
		}
	}
	return true
}

// find returns the page of users that a query asks for; all of them where its
// limit is 0.
func (s *store) find(q query, now time.Time) (page []*record, ps problems) {
	if s.fold {
		q.foldExternalIDs()
	}
	ids := s.candidates(q)
	if q.after != "" {
		last := s.get(q.after)
		if last == nil {
			return nil, problems{badValue("starting_after", "must be the id of a user")}
		}
		ids = s.following(ids, last, q.ascending)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	skip := q.offset
	for i := range ids {
		id := ids[i]
		if !q.ascending {
			id = ids[len(ids)-1-i]
		}
		r := s.byID[id]
		if r == nil || !q.passes(r, now) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if page = append(page, r); len(page) == q.limit {
			break
		}
	}
	return page, nil
}

// candidates returns ids in the order of created_at, all that could pass: those
// that the first including filter names, or everybody.
func (s *store) candidates(q query) []string {
	for _, f := range q.filters {
		if len(f.include) > 0 && !f.folded {
			return s.named(f)
		}
	}
	return s.byCreation()
}

// named returns the ids of the users that a filter includes, in order.
func (s *store) named(f filter) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []*record
	for key := range f.include {
		id := key
		if f.kind != byUserID {
			id = s.unique[f.kind][key]
		}
		if r := s.byID[id]; r != nil && !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, older)
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.id
	}
	return ids
}

// following returns the part of ids, which are sorted by creation, that comes
// after last in the order asked for.
func (s *store) following(ids []string, last *record, ascending bool) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, found := slices.BinarySearchFunc(ids, last, func(id string, last *record) int {
		if r := s.byID[id]; r != nil {
			return older(r, last)
		}
		return -1 // gone since the list was made
	})
	if !ascending {
		return ids[:i]
	}
	if found {
		i++
	}
	return ids[i:]
}
