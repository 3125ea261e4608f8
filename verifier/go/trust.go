// What a verifier is given: trust is never read from the file it judges.

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var logLine = regexp.MustCompile(`^log ([!-*,-~]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$`)

type signingKey struct {
	TrustKeysKey
	key any
}

type approverKey struct {
	TrustApproversApprover
	key any
}

// A providerKey is a key of a provider of sign-on, with what is demanded of its tokens.
type providerKey struct {
	TrustIdpProvider
	kid, alg string
	key      any
}

// A logKey is a line of log.policy.
type logKey struct {
	name, keyHash string
	key           any
}

// Keys and persons to believe.
type trust struct {
	logs      []logKey
	keys      []signingKey
	approvers []approverKey
	subjects  []TrustApproversSubject
	providers []providerKey
}

const maxToken = 16384

// Canonical escapes; of two for one character the first counts.
var escapes = func() *strings.Replacer {
	pairs := []string{`"`, `\"`, `\`, `\\`, "\b", `\b`, "\t", `\t`, "\n", `\n`, "\f", `\f`, "\r", `\r`}
	for char := range 32 {
		pairs = append(pairs, string(rune(char)), fmt.Sprintf(`\u%04x`, char))
	}
	return strings.NewReplacer(pairs...)
}()

// readTrust gives the trust in a directory; nil when a file is missing or not in its form: then nothing can be judged, and no report
// says why.
func readTrust(dir string) *trust {
	given := &trust{}
	if !(findings{}).judge("", func() { given.read(dir) }) {
		return nil
	}
	return given
}

func (t *trust) read(dir string) {
	quorums := 0
	for _, line := range strings.Split(string(readPart(dir, "log.policy")), "\n") {
		if line == "quorum none" {
			quorums++
		} else if line != "" && !strings.HasPrefix(line, "#") {
			t.logs = append(t.logs, readLogLine(line))
		}
	}
	demand(quorums == 1 && len(t.logs) > 0, "TRUST", "log.policy")
	for _, entry := range readList[TrustKeys](readPart(dir, "keys.json"), "trust_keys").Keys {
		t.keys = append(t.keys, signingKey{entry, readKey(entry.Alg, entry.KeyId, entry.Spki)})
	}
	persons := readList[TrustApprovers](readPart(dir, "approvers.json"), "trust_approvers")
	for _, entry := range persons.Approvers {
		t.approvers = append(t.approvers, approverKey{entry, readKey(entry.Alg, entry.KeyId, entry.Spki)})
	}
	for _, subject := range persons.Subjects {
		demand(subject.SubjectId == subjectID(subject.Iss, subject.Sub), "TRUST", subject.SubjectId)
		t.subjects = append(t.subjects, subject)
	}
	for _, provider := range readList[TrustIdp](readPart(dir, "idp.json"), "trust_idp").Providers {
		for _, entry := range provider.Keys {
			key := readSpki(entry.Alg, strictBase64(entry.Spki))
			demand(key != nil, "TRUST", entry.Kid)
			t.providers = append(t.providers, providerKey{provider, entry.Kid, entry.Alg, key})
		}
	}
}

// subjectID is how receipts name an account of a provider: SHA-256 of the canonical `[iss, sub]`.
func subjectID(iss, sub string) string {
	return sha256Hex([]byte(`["` + escapes.Replace(iss) + `","` + escapes.Replace(sub) + `"]`))
}

// readTokens gives the ID tokens in a directory by the digest of their compact form, one a file of at most 16,384 bytes with at most one
// line break at its end; nil when it cannot be read.
func readTokens(dir string) map[string]string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	tokens := map[string]string{}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil
		}
		if text = bytes.TrimSuffix(text, []byte("\n")); len(text) <= maxToken {
			tokens[digest(text)] = string(text)
		}
	}
	return tokens
}

func readPart(dir, name string) []byte {
	text, err := os.ReadFile(filepath.Join(dir, name))
	demand(err == nil, "TRUST", name)
	return text
}

// One line break at the end is allowed, since editors add it.
func readList[T any](text []byte, name string) T {
	text = bytes.TrimSuffix(text, []byte("\n"))
	readJSON(text, name, name)
	return decode[T](text)
}

func readKey(alg, id, encoded string) any {
	spki := strictBase64(encoded)
	key := readSpki(alg, spki)
	demand(key != nil && sha256Hex(spki) == id, "TRUST", id)
	return key
}

func readLogLine(line string) logKey {
	match := logLine.FindStringSubmatch(line)
	demand(match != nil, "TRUST", "log.policy")
	typed := strictBase64(match[3])
	named := typed != nil && typed[0] == 1 && sha256Hex(append([]byte(match[1]+"\n"), typed...))[:8] == match[2]
	demand(named, "TRUST", "log.policy")
	key := readEd25519(typed[1:])
	demand(key != nil, "TRUST", "log.policy")
	return logKey{match[1], match[2], key}
}
