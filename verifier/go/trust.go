// What a verifier is given: trust is never read from the file it judges.

package main

import (
	"bytes"
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
}

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
	for _, entry := range readList[TrustApprovers](readPart(dir, "approvers.json"), "trust_approvers").Approvers {
		t.approvers = append(t.approvers, approverKey{entry, readKey(entry.Alg, entry.KeyId, entry.Spki)})
	}
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
