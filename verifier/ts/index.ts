// What `clyra verify` and anyone else may use of the verifier.
export { cannotJudge, exitCode, type Report, reportJson, reportTable } from './report.ts'
export { parseTrust, readTokens, readTrust, type Tokens, type Trust } from './trust.ts'
export { verify } from './verify.ts'
