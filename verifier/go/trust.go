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

// readTrust gives the trust in a directory; nil when a file is missing or not in its form: then nothing can be judged.
func readTrust(dir string) *trust {
	texts := [3][]byte{}
	for i, name := range []string{"log.policy", "keys.json", "approvers.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil
		}
		texts[i] = text
	}
	return parseTrust(texts[0], texts[1], texts[2])
}

// parseTrust does the same from the contents of the three files.
func parseTrust(policy, keyFile, approverFile []byte) *trust {
	given := &trust{}
	quorums := 0
	for _, line := range strings.Split(string(policy), "\n") {
		if line == "quorum none" {
			quorums++
		} else if line != "" && !strings.HasPrefix(line, "#") {
			given.logs = append(given.logs, readLogLine(line))
		}
	}
	keys, approvers := readList[TrustKeys](keyFile, "trust_keys"), readList[TrustApprovers](approverFile, "trust_approvers")
	if len(given.logs) == 0 || quorums != 1 || keys == nil || approvers == nil {
		return nil
	}
	good := true
	for _, log := range given.logs {
		good = good && log.key != nil
	}
	for _, entry := range keys.Keys {
		key := keyOf(entry.Alg, entry.KeyId, entry.Spki)
		given.keys, good = append(given.keys, signingKey{entry, key}), good && key != nil
	}
	for _, entry := range approvers.Approvers {
		key := keyOf(entry.Alg, entry.KeyId, entry.Spki)
		given.approvers, good = append(given.approvers, approverKey{entry, key}), good && key != nil
	}
	if !good {
		return nil
	}
	return given
}

// One line break at the end is allowed, since editors add it.
func readList[T any](text []byte, name string) *T {
	text = bytes.TrimSuffix(text, []byte("\n"))
	value, ok := readCanonical(text)
	if !ok || !fits(name, value) {
		return nil
	}
	list := decode[T](text)
	return &list
}

func keyOf(alg, id, encoded string) any {
	spki := strictBase64(encoded)
	if spki == nil || sha256Hex(spki) != id {
		return nil
	}
	return readSpki(alg, spki)
}

func readLogLine(line string) logKey {
	match := logLine.FindStringSubmatch(line)
	if match == nil {
		return logKey{}
	}
	typed := strictBase64(match[3])
	if typed == nil || typed[0] != 1 || sha256Hex(append([]byte(match[1]+"\n"), typed...))[:8] != match[2] {
		return logKey{}
	}
	return logKey{match[1], match[2], readEd25519(typed[1:])}
}
