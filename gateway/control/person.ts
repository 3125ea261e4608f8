// Names of persons as they come in. What decides is the spelling, so no two that a reader takes for one may stand side by side.
import type { Fault } from '../../core/errors.ts'
import type { Ledger } from '../../ledger/types.ts'

/**
 * Empty when the name can be told apart from everybody's who is enrolled; the very name of somebody enrolled is his. The
 * schemas let in printable ASCII alone, which has one form under NFC and no letters of other scripts.
 */
export async function personFaults({ identities }: Pick<Ledger, 'identities'>, tenant: string, person: string): Promise<Fault[]> {
  const { approvers, subjects } = await identities.registry(tenant)
  const alike = [...approvers, ...subjects].some((known) => known.person !== person && skeleton(known.person) === skeleton(person))
  return alike ? [{ pointer: '/person', detail: 'may be taken for somebody who is enrolled: use the very same name, or another one' }] : []
}

// What looks alike in common fonts (Unicode Technical Standard #39, as far as it is ASCII), and what is the same person by its case.
const skeleton = (person: string): string =>
  person.toLowerCase().replaceAll('rn', 'm').replaceAll('vv', 'w').replace(/[1i|]/g, 'l').replaceAll('0', 'o')
