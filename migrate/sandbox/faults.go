package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A Fault is something that goes wrong with a share of the requests.
type Fault struct {
	Name        string  // one of [FaultNames]
	Method      string  // the method that it is limited to; empty for all
	Probability float64 // from 0 to 1, of each request that the key and the limits let through
}

// A FaultInfo describes a fault for people.
type FaultInfo struct {
	Name  string
	About string
}

// String returns the form that [ParseFault] reads.
func (f Fault) String() string {
	s := f.Name + "=" + strconv.FormatFloat(f.Probability, 'g', -1, 64)
	if f.Method != "" {
		s = f.Method + ":" + s
	}
	return s
}

// ParseFault reads "name=probability" or "METHOD:name=probability", such as
// reset-after-apply=0.05 or POST:apply-500=0.1.
func ParseFault(text string) (Fault, error) {
	name, share, ok := strings.Cut(text, "=")
	if !ok {
		return Fault{}, fmt.Errorf("fault %q: want NAME=PROBABILITY, such as reset-after-apply=0.05", text)
	}
	p, err := strconv.ParseFloat(share, 64)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: the probability must be a number from 0 to 1", text)
	}
	method, rest, ok := strings.Cut(name, ":")
	if !ok {
		method, rest = "", name
	}
	f := Fault{Name: rest, Method: strings.ToUpper(method), Probability: p}
	if ok && method == "" {
		return Fault{}, fmt.Errorf("fault %q: the method before the colon is missing", text)
	}
	return f, f.check()
}

// FaultNames lists every fault, in the order of a request's way: before it is
// read, before it is applied, instead of it, after it.
func FaultNames() []FaultInfo {
	list := make([]FaultInfo, len(faultKinds))
	for i, k := range faultKinds {
		list[i] = FaultInfo{Name: k.name, About: k.about}
	}
	return list
}

var faultMethods = []string{"", http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}

func (f Fault) check() error {
	switch {
	case findFault(f.Name) == nil:
		return fmt.Errorf("unknown fault %q: want one of %s", f.Name, strings.Join(faultNameList(), ", "))
	case !slices.Contains(faultMethods, f.Method):
		return fmt.Errorf("fault %s: unknown method %q: want GET, POST, PATCH, PUT or DELETE", f.Name, f.Method)
	case !(f.Probability >= 0 && f.Probability <= 1):
		return fmt.Errorf("fault %s: the probability must be a number from 0 to 1", f.Name)
	}
	return nil
}

func faultNameList() (names []string) {
	for _, k := range faultKinds {
		names = append(names, k.name)
	}
	return names
}

// checkFaults checks each fault, and that no request can be due for more than
// one: that keeps each probability exactly what it says.
func checkFaults(faults []Fault) error {
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
	}
	for _, method := range faultMethods[1:] {
		sum := 0.0
		for _, f := range faults {
			if f.Method == "" || f.Method == method {
				sum += f.Probability
			}
		}
		if sum > 1+1e-9 {
			return fmt.Errorf("the probabilities of the faults for %s add up to %g: at most 1 is possible", method, sum)
		}
	}
	return nil
}

// drawFault returns what goes wrong with a request: nil is nothing.
func drawFault(faults []Fault, method string, rng *rand.Rand) *faultKind {
	u := rng.Float64()
	for _, f := range faults {
		if f.Method != "" && f.Method != method {
			continue
		}
		if u < f.Probability {
			return findFault(f.Name)
		}
		u -= f.Probability
	}
	return nil
}

func findFault(name string) *faultKind {
	for i := range faultKinds {
		if faultKinds[i].name == name {
			return &faultKinds[i]
		}
	}
	return nil
}

// When a fault strikes.
type moment uint8

const (
	beforeReading moment = iota // the body is not read
	insteadOf                   // the request is read, not applied
	muchLater                   // the request is applied, but not yet
	afterApplying               // the request is applied; what goes wrong is the answer
)

// A faultKind is one row of the table of faults: when it strikes, and what the
// client gets in the place of the true answer.
type faultKind struct {
	name    string
	moment  moment
	deliver func(c *call, answer reply)
	about   string
}

// faultKinds is a variable for the compiler's sake only; nothing changes it.
var faultKinds = []faultKind{
	{"refuse", beforeReading, closeEarly, "The connection is closed before the body is read; nothing is applied."},
	{"reset-before-apply", insteadOf, reset, "The request is read, then the connection is reset; nothing is applied."},
	{"late", muchLater, (*call).send, "The request is applied a second later, whether or not the client still waits."},
	{"reset-after-apply", afterApplying, reset, "The request is applied, then the connection is reset without an answer."},
	{"hang-before", insteadOf, hang, "Nothing is applied and no answer comes until the client gives up."},
	{"hang", afterApplying, hang, "The request is applied and no answer comes until the client gives up."},
	{"apply-500", afterApplying, status(500), "The request is applied, but the answer is 500 internal_clerk_error."},
	{"apply-502", afterApplying, status(502), "The request is applied, but a proxy answers 502 in HTML."},
	{"apply-504", afterApplying, status(504), "The request is applied, but a proxy answers 504 in HTML."},
	{"500", insteadOf, status(500), "The answer is 500 internal_clerk_error; nothing is applied."},
	{"502", insteadOf, status(502), "A proxy answers 502 in HTML; nothing is applied."},
	{"503", insteadOf, status(503), "A proxy answers 503 in HTML; nothing is applied."},
	{"maintenance", insteadOf, deny(maintenance), "The answer is 503 maintenance_mode; nothing is applied."},
	{"401", insteadOf, deny(lostKey), "The answer is 401 clerk_key_invalid, as if the key had been revoked; nothing is applied."},
	{"402", insteadOf, deny(payment), "The answer is 402 unsupported_subscription_plan_features; nothing is applied."},
	{"403", insteadOf, deny(forbidden), "The answer is 403 authorization_invalid; nothing is applied."},
	{"409", insteadOf, deny(conflict), "The answer is 409 conflict; nothing is applied."},
	{"429-seconds", insteadOf, slowDown(inSeconds), "The answer is 429 with Retry-After: 2; nothing is applied."},
	{"429-date", insteadOf, slowDown(asDate), "The answer is 429 with an HTTP date two seconds ahead as Retry-After; nothing is applied."},
	{"429-garbage", insteadOf, slowDown(asGarbage), "The answer is 429 with a Retry-After that is neither number nor date; nothing is applied."},
	{"429-missing", insteadOf, slowDown(nil), "The answer is 429 without Retry-After; nothing is applied."},
	{"429-huge", insteadOf, slowDown(asHuge), "The answer is 429 with a Retry-After that no integer holds; nothing is applied."},
	{"redirect", insteadOf, redirect, "The answer is 307 to another path of the sandbox; nothing is applied."},
	{"html-200", insteadOf, htmlOK, "The answer is 200 with a page of HTML, as from a captive portal; nothing is applied."},
	{"half-body", afterApplying, halfBody, "The request is applied; the connection is closed after half of the answer."},
	{"wrong-length", afterApplying, wrongLength, "The request is applied; Content-Length promises more than the whole answer that comes."},
	{"bad-json", afterApplying, badJSON, "The request is applied; the answer is 200 with JSON that ends in the middle."},
	{"gzip-bomb", afterApplying, gzipBomb, "The request is applied; the answer is gzip that unpacks to 64 MiB."},
	{"slow", afterApplying, slow, "The request is applied; the answer comes in ten pieces over a second."},
}
