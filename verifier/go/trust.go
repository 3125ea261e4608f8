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
	given, good, quorums := &trust{}, true, 0
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		good = good && err == nil
		return text
	}
	for _, line := range strings.Split(string(read("log.policy")), "\n") {
		if line == "quorum none" {
			quorums++
		} else if line != "" && !strings.HasPrefix(line, "#") {
			given.logs = append(given.logs, readLogLine(line))
			good = good && given.logs[len(given.logs)-1].key != nil
		}
	}
	for _, entry := range readList[TrustKeys](read("keys.json"), "trust_keys", &good).Keys {
		given.keys = append(given.keys, signingKey{entry, readKey(entry.Alg, entry.KeyId, entry.Spki, &good)})
	}
	for _, entry := range readList[TrustApprovers](read("approvers.json"), "trust_approvers", &good).Approvers {
		given.approvers = append(given.approvers, approverKey{entry, readKey(entry.Alg, entry.KeyId, entry.Spki, &good)})
	}
	if !good || quorums != 1 || len(given.logs) == 0 {
		return nil
	}
	return given
}

// One line break at the end is allowed, since editors add it.
func readList[T any](text []byte, name string, good *bool) (list T) {
	text = bytes.TrimSuffix(text, []byte("\n"))
	value, ok := readCanonical(text)
	if *good = *good && ok && fits(name, value); *good {
		list = decode[T](text)
	}
	return list
}

func readKey(alg, id, encoded string, good *bool) any {
	spki := strictBase64(encoded)
	key := readSpki(alg, spki)
	*good = *good && key != nil && sha256Hex(spki) == id
	return key
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
