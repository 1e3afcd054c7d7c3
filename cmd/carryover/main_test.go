package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// The tests of this package run the program as its users do: as a process of
// its own, with arguments, an environment and a working folder. The process is
// this test binary, which runs main when it is called carryover.
func TestMain(m *testing.M) { testscript.Main(leakFree{m}, programs) }

// programs are what this test binary is when it is called by another name.
var programs = map[string]func(){
	"carryover": main,
	"peak":      peak,
}

// leakFree fails where goroutines are left when all tests have ended.
type leakFree struct{ m *testing.M }

func (l leakFree) Run() int {
	// The tests wait more than they work: for windows, answers, other processes.
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p != nil && p.Value.String() == p.DefValue {
		_ = p.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0)))
	}
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// The scripts are the specification of the command line: each says which
// promise it keeps. They see no home, no key and no network but loopback.
func TestScripts(t *testing.T) {
	t.Parallel()
	// A copy that nobody else can read, since of others there is a warning.
	data := t.TempDir()
	if err := os.CopyFS(data, os.DirFS(filepath.Join("..", "..", "testdata"))); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setUpScript(env, data) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"nofiles":  noFiles,
			"sandbox":  startSandboxProcess,
			"halt":     haltSandbox,
			"get":      get,
			"await":    await,
			"document": checkDocument,
			"lines":    checkLines,
			"utf16":    utf16le,
		},
	})
}
