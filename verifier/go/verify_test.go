package main

import (
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// A trust directory is whole or none.
func TestTrustIsRefused(t *testing.T) {
	good := filepath.Join(root, "spec/vectors/enhanced/trust")
	small, _ := rsa.GenerateKey(crand.Reader, 1024)
	spki, _ := x509.MarshalPKIXPublicKey(&small.PublicKey)
	wanted := regexp.MustCompile(`("alg":"RS256"[^}]*"spki":")[^"]+`)
	bends := map[string]func(text string) string{
		"nothing": func(text string) string { return text },
		"subject": func(text string) string { return strings.Replace(text, `"sub":"bob-1"`, `"sub":"bob-2"`, 1) },
		"idp":     func(text string) string { return strings.Replace(text, `"spec":0`, `"spec":1`, 1) },
		"small": func(text string) string {
			return wanted.ReplaceAllString(text, "${1}"+base64.StdEncoding.EncodeToString(spki))
		},
	}
	for what, bend := range bends {
		dir := t.TempDir()
		for _, name := range []string{"log.policy", "keys.json", "approvers.json", "idp.json"} {
			text := bend(string(contents(t, filepath.Join(good, name))))
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if (readTrust(dir) != nil) != (what == "nothing") {
			t.Errorf("%s: read as trust or not", what)
		}
	}
	edwards, _ := hex.DecodeString("302a300506032b6570032100" + strings.Repeat("11", 27) + "0203010001")
	if readSpki("RS256", edwards) != nil || readSpki("Ed25519", edwards) == nil {
		t.Error("an Ed25519 key that ends like an RSA key")
	}
}

// Computed with OpenSSL.
func TestMatchCode(t *testing.T) {
	display := digest([]byte("display"))
	for nonce, want := range map[string]string{strings.Repeat("ab", 32): "272276", strings.Repeat("0", 61) + "046": "004406"} {
		if got := matchCode(nonce, display); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"token": "a.b.c\n", "long": strings.Repeat("x", maxToken+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if tokens := readTokens(dir); len(tokens) != 1 || tokens[digest([]byte("a.b.c"))] != "a.b.c" {
		t.Errorf("read as %v", tokens)
	}
	if readTokens(filepath.Join(dir, "none")) != nil {
		t.Error("read a folder that is not there")
	}
}

func TestArguments(t *testing.T) {
	for _, line := range []string{"", "f", "f --trust", "f g --trust d", "f --trust d --force", "f --trust d --now 2026-01-01", "f --trust d --json=1"} {
		if given := readArguments(strings.Fields(line)); given != nil {
			t.Errorf("%q was read as %v", line, given)
		}
	}
	given := readArguments(strings.Fields("--json f --trust=d --disclosed t --now 2026-01-01T00:00:00.000Z"))
	if given["file"] != "f" || given["--trust"] != "d" || given["--disclosed"] != "t" || given["--json"] == "" || given["--now"] != "2026-01-01T00:00:00.000Z" {
		t.Errorf("read as %v", given)
	}
}
