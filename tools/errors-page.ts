// docs/errors.md from the error table, so that the page can't lag behind.
import { errorKinds } from '../core/errors.ts'

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(errorKinds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { http, retryable, remedy }]) => `| \`${code}\` | ${http} | ${retryable ? 'yes' : 'no'} | ${remedy.replaceAll('|', '\\|')} |`,
    )
  return `# Errors

Generated from \`core/errors/\` by \`npm run gen\`. Every error Clyra raises has one of these codes; a code is never used again for
another meaning. Over HTTP an error is an RFC 9457 problem with \`code\`, \`retryable\`, \`remediation\` and \`errors[]\` (places and
faults); on the command line it is one line, its remedy and its faults, or the same as JSON with \`--json\`. A refusal (a denied
change, a decision that does not count) is not an error but a value with its own receipt, and carries one of these codes as its reason.

The codes of the verifiers are another, closed list: [spec/verifier-cli.md](../spec/verifier-cli.md).

Retired codes: none.

| code | HTTP | worth trying again | what to do |
|---|---|---|---|
${rows.join('\n')}
`
}
