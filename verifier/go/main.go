// The command line: reads files and the clock, prints, and sets the exit code.

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

const usage = `Usage: clyra-verify FILE --trust DIR [--disclosed DIR] [--explain] [--json] [--now TIME]

Judges an evidence file offline. Trust is given in DIR (log.policy, keys.json, approvers.json, idp.json), never read from FILE.
  --disclosed DIR  ID tokens that approvers disclosed, one a file
  --explain        a sentence per claim on what was checked and how
  --json           the canonical report and a line break
  --now TIME       YYYY-MM-DDTHH:MM:SS.mmmZ at which keys must be valid; default: the clock
Exit code: 0 valid, 1 invalid, 2 cannot judge.
`

const (
	maxBytes = 1 << 30
	timeForm = "2006-01-02T15:04:05.000Z"
)

var timePattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`)

func main() {
	if slices.Contains(os.Args, "--help") {
		fmt.Print(usage)
		return
	}
	given := readArguments(os.Args[1:])
	tokens := map[string]string{}
	if dir := given["--disclosed"]; dir != "" {
		tokens = readTokens(dir)
	}
	if given == nil || tokens == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	report := judgeFile(given["file"], given["--trust"], given["--now"], tokens)
	if given["--json"] != "" {
		fmt.Println(reportJSON(report))
	} else {
		fmt.Print(reportTable(report, given["--explain"] != ""))
	}
	os.Exit(exitCodes[report.Verdict])
}

func judgeFile(path, dir, now string, tokens map[string]string) Report {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxBytes {
		return cannotJudge(nil, "file not readable")
	}
	zip, err := os.ReadFile(path)
	if err != nil {
		return cannotJudge(nil, "file not readable")
	}
	if given := readTrust(dir); given != nil {
		return verify(zip, given, now, tokens)
	}
	return cannotJudge(nil, "trust not readable")
}

// readArguments gives the values by option name, and `file`; nil for a line that is not of the usage's form.
func readArguments(args []string) map[string]string {
	given := map[string]string{"--now": time.Now().UTC().Format(timeForm)}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		switch {
		case !joined && (name == "--json" || name == "--explain"):
			given[name] = "yes"
		case (name == "--trust" || name == "--disclosed" || name == "--now") && (joined || i+1 < len(args)):
			if !joined {
				i++
				value = args[i]
			}
			given[name] = value
		case strings.HasPrefix(name, "-") || given["file"] != "":
			return nil
		default:
			given["file"] = args[i]
		}
	}
	if given["file"] == "" || given["--trust"] == "" || !timePattern.MatchString(given["--now"]) {
		return nil
	}
	return given
}
