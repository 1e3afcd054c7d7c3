package sandbox

import (
	"net/http"
	"strings"
)

// A route is an endpoint, and what a request's path says.
type route struct {
	template string // as in Clerk's documents
	userID   string // from the path
	perUser  bool   // the limit a user applies
	refusal  *problem
	work     func(*call) reply
}

// findRoute finds the endpoint of a request. One that does not exist gets a
// route with a refusal.
func findRoute(method, path string) route {
	template, userID := template(path)
	methods, ok := endpoints[template]
	if !ok {
		return route{template: "(unknown)", refusal: &noSuchEndpoint}
	}
	r := route{template: template, userID: userID, work: methods[method]}
	if r.work == nil {
		r.refusal = &badMethod
	}
	r.perUser = method == http.MethodPatch && template == "/users/{user_id}" || template == "/users/{user_id}/metadata"
	return r
}

// template finds the endpoint's template of a path, and the user's id in it.
func template(path string) (template, userID string) {
	path, ok := strings.CutPrefix(path, "/v1")
	if !ok {
		return "", ""
	}
	rest, ok := strings.CutPrefix(path, "/users/")
	if !ok || rest == "count" {
		return path, ""
	}
	userID, rest, more := strings.Cut(rest, "/")
	if more {
		return "/users/{user_id}/" + rest, userID
	}
	return "/users/{user_id}", userID
}

// endpoints are the work of the sandbox, by template and method.
var endpoints = map[string]map[string]func(*call) reply{
	"/users": {
		http.MethodPost: (*call).createUser,
		http.MethodGet:  (*call).listUsers,
	},
	"/users/count": {http.MethodGet: (*call).countUsers},
	"/users/{user_id}": {
		http.MethodGet:    (*call).getUser,
		http.MethodPatch:  (*call).updateUser,
		http.MethodDelete: (*call).deleteUser,
	},
	"/users/{user_id}/metadata": {
		http.MethodPatch: (*call).patchMetadata,
		http.MethodPut:   (*call).putMetadata,
	},
	"/users/{user_id}/verify_password": {http.MethodPost: (*call).verifyPassword},
	"/users/{user_id}/verify_totp":     {http.MethodPost: (*call).verifyTOTP},
	"/email_addresses":                 {http.MethodPost: (*call).addEmail},
	"/instance":                        {http.MethodGet: (*call).instance},
	"/domains":                         {http.MethodGet: (*call).domains},
	"/redirected":                      {}, // where the fault "redirect" leads: nobody should come
}

func (c *call) createUser() reply {
	f, ps := c.form(c.s.createMembers())
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	return c.changed(c.s.create(f, c.s.cfg.Now()))
}

func (c *call) getUser() reply {
	r := c.s.users.get(c.route.userID)
	if r == nil {
		return c.refuse(noSuchUser(c.route.userID))
	}
	return c.user(r)
}

func (c *call) updateUser() reply {
	set := updateSet
	if c.version == version202605 {
		set = updateSetOf202605
	}
	f, ps := c.form(set)
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	return c.changed(c.s.update(c.route.userID, f, c.s.cfg.Now()))
}

func (c *call) patchMetadata() reply {
	f, ps := c.form(metadataSet)
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	return c.changed(c.s.mergeMetadata(c.route.userID, f, c.s.cfg.Now()))
}

func (c *call) putMetadata() reply {
	f, ps := c.form(metadataSet)
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	return c.changed(c.s.replaceMetadata(c.route.userID, f, c.s.cfg.Now()))
}

func (c *call) deleteUser() reply {
	r := c.s.users.remove(c.route.userID)
	if r == nil {
		return c.refuse(noSuchUser(c.route.userID))
	}
	answer := c.ok(deletedAnswer{Object: "user", ID: r.id, Deleted: true, ExternalID: r.externalID})
	answer.applied = true
	return answer
}

// addEmail gives a user one more e-mail address, unverified unless the request
// says otherwise.
func (c *call) addEmail() reply {
	f, ps := c.form(addEmailSet)
	for _, required := range []struct {
		name string
		is   *field[string]
	}{{"user_id", &f.userID}, {"email_address", &f.emailAddress}} {
		if !required.is.given && len(ps) == 0 {
			ps = append(ps, invalid("form_param_missing", required.name, "must be included"))
		}
	}
	if len(ps) == 0 && !isEmail(f.emailAddress.value) {
		ps = append(ps, badFormat(byEmail, "must be an e-mail address on a public domain"))
	}
	if len(ps) == 0 {
		ps = c.s.cfg.refused(f)
	}
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	now := c.s.cfg.Now()
	id := identifier{id: c.s.newID("idn_"), value: f.emailAddress.value, status: unverified, createdAt: now.UnixMilli()}
	if f.verified.value {
		id.status = verified
	}
	r, ps := c.s.change(f.userID.value, now, func(r *record) problems {
		r.emails = append(r.emails[:len(r.emails):len(r.emails)], id)
		if f.primary.value || r.primaryEmail == "" {
			r.primaryEmail = id.id
		}
		// A user may not hold the address twice, which the store does not see.
		for _, other := range r.emails[:len(r.emails)-1] {
			if fold(byEmail, other.value) == fold(byEmail, id.value) {
				return problems{identifierExists(byEmail)}
			}
		}
		return nil
	})
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	o := object("{")
	writeEmail(&o, &id)
	return reply{status: http.StatusOK, body: append(o, '}'), userID: r.id, applied: true}
}

func (c *call) instance() reply {
	return c.ok(instanceAnswer{Object: "instance", ID: c.s.cfg.InstanceID, EnvironmentType: c.s.cfg.EnvironmentType})
}
