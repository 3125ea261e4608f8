package main

import (
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const fixtureTime = "2026-03-02T00:00:00.000Z"

// fixture has the tests of the other verifier write their stories: the same files, made apart from the producer.
func fixture(t *testing.T) (string, *trust) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node to write the fixture")
	}
	dir := t.TempDir()
	command := exec.Command(node, filepath.Join(root, "verifier/ts/testing/write.ts"), dir)
	if output, err := command.CombinedOutput(); err != nil {
		t.Skipf("the fixture could not be written (Node 22.18 or later is needed): %s", output)
	}
	given := readTrust(filepath.Join(dir, "trust"))
	if given == nil {
		t.Fatal("the trust of the fixture was not read")
	}
	return dir, given
}

func TestStoriesAreValid(t *testing.T) {
	dir, given := fixture(t)
	paths, _ := filepath.Glob(filepath.Join(dir, "*.zip"))
	for _, path := range paths {
		if report := verify(contents(t, path), given, fixtureTime, nil); report.Verdict != "valid" {
			t.Errorf("%s: %s", path, reportJSON(report))
		}
	}
	if len(paths) < 10 {
		t.Errorf("only %d stories", len(paths))
	}
}

// One bit of every byte is flipped, a seeded one: the other verifier flips them all.
func TestBitFlips(t *testing.T) {
	dir, given := fixture(t)
	good := contents(t, filepath.Join(dir, "approved.zip"))
	random := rand.New(rand.NewSource(5))
	for at := range good {
		flipped := slices.Clone(good)
		flipped[at] ^= 1 << random.Intn(8)
		if report := verify(flipped, given, fixtureTime, nil); report.Verdict == "valid" {
			t.Errorf("accepted a flip of byte %d", at)
		}
	}
	t.Logf("bit flips: %d", len(good))
}

// Vectors are the contract: the same bytes from every verifier.
func TestGoldenVectors(t *testing.T) {
	dir := filepath.Join(root, "spec/vectors")
	cases, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("spec/vectors is absent")
	}
	for _, entry := range cases {
		here := filepath.Join(dir, entry.Name())
		disclosed := readTokens(filepath.Join(here, "disclosed"))
		report := judgeFile(filepath.Join(here, "evidence.zip"), filepath.Join(here, "trust"), "2026-11-01T00:00:00.000Z", disclosed)
		if got, want := reportJSON(report)+"\n", string(contents(t, filepath.Join(here, "expect.json"))); got != want {
			t.Errorf("%s:\n got %s\nwant %s", entry.Name(), got, want)
		}
		if (report.Verdict == "valid") == (strings.HasSuffix(entry.Name(), "_fail") || strings.HasSuffix(entry.Name(), "_open")) {
			t.Errorf("%s is %s", entry.Name(), report.Verdict)
		}
	}
	t.Logf("vectors: golden %d bundles", len(cases))
}

func TestArguments(t *testing.T) {
	for _, line := range []string{"", "f", "f --trust", "f g --trust d", "f --trust d --force", "f --trust d --now 2026-01-01", "f --trust d --json=1"} {
		if given := readArguments(strings.Fields(line)); given != nil {
			t.Errorf("%q was read as %v", line, given)
		}
	}
	given := readArguments(strings.Fields("--json f --trust=d --now 2026-01-01T00:00:00.000Z"))
	if given["file"] != "f" || given["--trust"] != "d" || given["--json"] == "" || given["--now"] != "2026-01-01T00:00:00.000Z" {
		t.Errorf("read as %v", given)
	}
}
