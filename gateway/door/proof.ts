// What a sign-on brought for a decision.
import { ClyraError } from '../../core/errors.ts'
import { type Claimed, claimSignOn } from './signed-on.ts'

/** The signature for the envelope, once. CLYRA_API_UNAUTHENTICATED, for a sign-on about anything but this change as well. */
export async function proofOf(
  deps: Parameters<typeof claimSignOn>[0],
  changeId: string,
  code: string,
  by: Parameters<typeof claimSignOn>[2],
): Promise<Claimed['signature']> {
  const { purpose, about, signature } = await claimSignOn(deps, code, by)
  if (purpose === 'decision' && about.change_id === changeId) return signature
  throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a sign-on about this change, found another')
}
