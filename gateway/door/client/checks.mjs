// What is checked before a passkey signs. Nothing is taken on the gateway's word: the text on the page is hashed as it stands there.
import { digest, sha256 } from './bytes.mjs'

const statementType = 'application/vnd.in-toto+json'

/**
 * Why the statement must not be signed, or null. `shown` is the text of the page, `asked` what the person pressed and wrote.
 */
export async function faultOf(statement, { shown, changeId, displayHash, person, decision, reason, match_code }) {
  if ((await digest(shown)) !== displayHash) return 'the text on this page is not the text of the change'
  const { subject, predicateType, predicate } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(statement))
  const pairs = [
    [predicateType, 'https://clyra.dev/spec/decision/v0', 'it is no decision'],
    [subject[0].name, changeId, 'it is about another change'],
    [predicate.change_id, changeId, 'it is about another change'],
    [predicate.display_hash, displayHash, 'it is about another text'],
    [predicate.decision, decision, 'it is another decision'],
    [predicate.reason, reason, 'it gives another reason'],
    [predicate.match_code, match_code, 'it names another number'],
    [predicate.person, person, 'it is in the name of somebody else'],
  ]
  return pairs.find(([found, expected]) => found !== expected)?.[2] ?? null
}

/** SHA-256 of the statement's pre-authentication encoding (DSSE): the challenge of a decision. */
export function challengeOf(statement) {
  const head = new TextEncoder().encode(`DSSEv1 ${statementType.length} ${statementType} ${statement.length} `)
  const pae = new Uint8Array(head.length + statement.length)
  pae.set(head)
  pae.set(statement, head.length)
  return sha256(pae)
}
