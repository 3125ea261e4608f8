// report.json: fourteen claims in one order, the same bytes from every verifier (spec/verifier-cli.md).

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// What --explain says of each claim, and why it is never checked. The order is the report's.
var claims = [][3]string{
	{"container", "The zip was decoded and encoded again: same bytes, right CRCs, allowed names only, every required file present."},
	{"sums", "SHA256SUMS lists every file but itself and sig/ once, and each was hashed; each blob is named by its SHA-256."},
	{"schemas", "Every JSON text was read byte by byte as canonical JSON and judged by the schema of its kind."},
	{"chain", "Each receipt has the next seq, the leaf hash of the line before, the same stream, and a time that does not run backwards."},
	{"tree", "The RFC 6962 roots before the first and after the last receipt were recomputed and are those of the checkpoints."},
	{"checkpoint", "The Ed25519 signature of a trusted log stands under each checkpoint and is right."},
	{"signature", "Each bundle signature is right under a trusted key, and its statement names these sums, this range and this manifest."},
	{"lifecycle", "The receipts were replayed through the state machine; each was allowed where it stands, the last one is recorded."},
	{"references", "Each artifact names its predecessor by leaf hash; payload, policy, rows, grants, effect, blobs and manifest agree."},
	{"approvals", "Each counted decision was signed by the person it names, over exactly this payload; none asked for it; the certificate is signed."},
	{"sign_on", "Each ID token given is signed by its provider, was made for this decision alone, and says what the receipt says of the sign-on."},
	{"attestations", "Each attestation is signed by a trusted key, and its controls were judged again from the receipts."},
	{"time", "No outside clock has stamped this file.", "no timestamp authority"},
	{"witnesses", "No outside party has signed the checkpoint.", "no witness"},
}

var limits = []string{
	"This does not prove that the payload was right or wise.",
	"This does not prove that every change was captured.",
	"This does not prove freshness: compare the checkpoint with one obtained elsewhere.",
	"Where a caller did the work (enforcement observed), this does not prove which statements he ran.",
}

var exitCodes = map[string]int{"valid": 0, "invalid": 1, "cannot_judge": 2}

// What claim `approvals` says when it rests on ID tokens that did not prove anything.
const restsOnToken = "rests on an ID token"

// A fault is the first rule of a claim that does not hold, and where; without a code, why the claim stays open.
type fault struct{ code, place string }

// demand panics with a fault where a rule does not hold. An empty place is null in the report.
func demand(holds bool, code, place string) {
	if !holds {
		panic(fault{code, place})
	}
}

type findings map[string]ReportClaim

func (f findings) note(claim, status, code, detail string) {
	f[claim] = ReportClaim{claim, optional(code), optional(detail), status}
}

// judge runs the checks of a claim and notes PASS or the first fault (NOT_CHECKED where it has no code); false after a fault.
func (f findings) judge(claim string, check func()) (passed bool) {
	defer func() {
		if problem := recover(); problem != nil {
			first := problem.(fault) // anything else is a defect, and ends the program
			f.note(claim, map[bool]string{true: "NOT_CHECKED", false: "FAIL"}[first.code == ""], first.code, first.place)
		}
	}()
	check()
	f.note(claim, "PASS", "", "")
	return true
}

// makeReport fills in the claims without a finding: NOT_CHECKED, because their premise failed or for the reason given.
func makeReport(found findings, id string, manifest *DefManifest, why string) Report {
	report := Report{Verdict: "valid", BundleId: optional(id), Limits: limits}
	for _, claim := range claims {
		finding, ok := found[claim[0]]
		if reason := cmp.Or(claim[2], why); !ok {
			finding = ReportClaim{claim[0], nil, &reason, "NOT_CHECKED"}
		}
		if finding.Status == "FAIL" {
			report.Verdict = "invalid"
		} else if text(finding.Detail) == restsOnToken && report.Verdict == "valid" {
			report.Verdict = "cannot_judge"
		}
		report.Claims = append(report.Claims, finding)
	}
	if manifest != nil {
		report.ChangeId, report.Attempt, report.Outcome = &manifest.ChangeId, &manifest.Attempt, &manifest.Outcome
		report.Range = &ReportRange{manifest.Range.End, manifest.Range.Start}
	}
	return report
}

// cannotJudge is the report of a file of which nothing can be said beyond these findings, and why.
func cannotJudge(found findings, why string) Report {
	report := makeReport(found, "", nil, why)
	report.Verdict = "cannot_judge"
	return report
}

// reportJSON is the canonical text: the generated structs hold their fields in order, and every string is ASCII.
func reportJSON(report Report) string {
	text, err := json.Marshal(report)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// reportTable is for people; with explain a sentence under each claim on what was checked and how.
func reportTable(report Report, explain bool) string {
	lines := []string{"verdict  " + report.Verdict}
	if report.BundleId != nil {
		lines = append(lines, "bundle   "+*report.BundleId)
	}
	if r := report.Range; r != nil {
		form := "change   %s, attempt %d, %s, receipts %d to %d"
		lines = append(lines, fmt.Sprintf(form, *report.ChangeId, *report.Attempt, *report.Outcome, r.Start, r.End-1))
	}
	lines = append(lines, "")
	for i, claim := range report.Claims {
		rest := strings.Trim(text(claim.Code)+" "+text(claim.Detail), " ")
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%2d  %-12s  %-11s  %s", i+1, claim.Claim, claim.Status, rest), " "))
		if explain {
			lines = append(lines, "    "+claims[i][1])
		}
	}
	return strings.Join(append(append(lines, ""), report.Limits...), "\n") + "\n"
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// text is what a nullable string says, empty for null.
func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
