// Marks a policy may ask for: what a statement does beyond its kind. A closed list of words, sorted.
import { alterActions, objects } from './allowed.ts'
import type { Tree, Visit } from './tree.ts'

/** The marks of a statement's tree, sorted and distinct. */
export function marksOf(all: readonly Visit[]): string[] {
  const marks = all.flatMap((visit) => [...general(visit), ...byTag(visit.tag, visit.node)])
  return [...new Set(marks)].sort()
}

const writes = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

function general({ tag, node, inCte }: Visit): string[] {
  const marks: string[] = []
  if (writes.has(tag) && inCte) marks.push('cte_write')
  if (node.behavior === 'DROP_CASCADE') marks.push('cascade')
  if (node.concurrent === true) marks.push('concurrently')
  if (node.returningClause !== undefined || node.returningList !== undefined) marks.push('returning')
  if (node.intoClause !== undefined) marks.push('select_into')
  return marks
}

function byTag(tag: string, node: Tree): string[] {
  switch (tag) {
    case 'AlterTableCmd':
      return [alterActions.get(String(node.subtype)) ?? 'alter_other']
    case 'DropStmt':
      return [`drop_${objects.get(String(node.removeType)) ?? 'other'}`]
    case 'RenameStmt':
      return [`rename_${objects.get(String(node.renameType)) ?? 'other'}`]
    case 'TruncateStmt':
      return node.restart_seqs === true ? ['restart_identity'] : []
    case 'ExplainStmt':
      return ['explain']
    case '.onConflictClause':
      return node.action === 'ONCONFLICT_UPDATE' ? ['on_conflict_update'] : []
    case 'MergeWhenClause':
      return node.commandType === 'CMD_DELETE' ? ['merge_delete'] : []
    case 'LockingClause':
      return ['locking']
    default:
      return []
  }
}
