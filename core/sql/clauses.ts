// Clauses of allowed statements that are refused: what reaches further than the statement names, or cannot run in a transaction.
import { alterActions, objects, storage } from './allowed.ts'
import { type Refusal, refusal } from './refusals.ts'
import { names, type Tree, type Visit } from './tree.ts'

/** Refusals for flags and enumerations that the tags alone do not show. */
export const clauseRefusals = (all: readonly Visit[]): Refusal[] =>
  all.flatMap(({ tag, node }) => [...common(tag, node), ...byTag(tag, node)])

function common(tag: string, node: Tree): Refusal[] {
  const found: Refusal[] = []
  const where = tag.replace(/^\./, '')
  if (node.behavior === 'DROP_CASCADE') found.push(refusal('CLYRA_SQL_CASCADE', `CASCADE in ${where}`))
  if (node.concurrent === true) found.push(refusal('CLYRA_SQL_NOT_TRANSACTIONAL', `CONCURRENTLY in ${where}`))
  if ([node.tableSpace, node.tablespacename, node.indexspace].some((name) => typeof name === 'string' && name !== ''))
    found.push(refusal('CLYRA_SQL_CLAUSE', `TABLESPACE in ${where}`))
  const operator = [node.operName, node.useOp, tag === 'A_Expr' ? node.name : undefined].map(names).find((parts) => parts.length > 1)
  if (operator !== undefined && operator[0] !== 'pg_catalog')
    found.push(refusal('CLYRA_SQL_OPERATOR', `an operator of schema ${operator[0]}`))
  return found
}

function byTag(tag: string, node: Tree): Refusal[] {
  switch (tag) {
    case 'AlterTableStmt':
      return node.objtype === 'OBJECT_TABLE' ? [] : [clause(`ALTER of ${word(node.objtype)}`)]
    case 'AlterTableCmd':
      return alterActions.has(String(node.subtype)) ? [] : [clause(`ALTER TABLE action ${word(node.subtype)}`)]
    case 'DropStmt':
      return dropped(node.removeType) ? [] : [clause(`DROP of ${word(node.removeType)}`)]
    case 'RenameStmt':
      return objects.has(String(node.renameType)) && node.relationType !== 'OBJECT_FOREIGN_TABLE'
        ? []
        : [clause(`RENAME of ${word(node.renameType)}`)]
    case 'CommentStmt':
      return objects.has(String(node.objtype)) ? [] : [clause(`COMMENT on ${word(node.objtype)}`)]
    case 'DefElem':
      return storage.has(String(node.defname)) ? [] : [clause(`option ${word(node.defname)}`)]
    case 'ViewStmt':
      return typeof node.withCheckOption === 'string' && node.withCheckOption !== 'NO_CHECK_OPTION' ? [clause('WITH CHECK OPTION')] : []
    default:
      return []
  }
}

const dropped = (type: unknown): boolean => ['OBJECT_TABLE', 'OBJECT_INDEX', 'OBJECT_VIEW'].includes(String(type))
const clause = (detail: string): Refusal => refusal('CLYRA_SQL_CLAUSE', `${detail} is not on the list`)
const word = (value: unknown): string =>
  String(value)
    .replace(/^(OBJECT|AT)_/, '')
    .slice(0, 60)
