// The closed lists of what a governed statement may be made of. What is not named here is refused, known to be harmful or not.
// Why each exclusion: the operations page on the PostgreSQL executor ("Escapes", "Not in a transaction").

export type Role = 'dml' | 'ddl'

/** Statement tags a role may run, and the kind each is called in facts. */
export const statements: Readonly<Record<Role, ReadonlyMap<string, string>>> = {
  dml: new Map([
    ['SelectStmt', 'select'],
    ['InsertStmt', 'insert'],
    ['UpdateStmt', 'update'],
    ['DeleteStmt', 'delete'],
    ['MergeStmt', 'merge'],
    ['TruncateStmt', 'truncate'],
  ]),
  ddl: new Map([
    ['AlterTableStmt', 'alter_table'],
    ['CommentStmt', 'comment'],
    ['CreateStmt', 'create_table'],
    ['DropStmt', 'drop'],
    ['IndexStmt', 'create_index'],
    ['RenameStmt', 'rename'],
    ['TruncateStmt', 'truncate'],
    ['ViewStmt', 'create_view'],
  ]),
}

/** Statements whose effect their tree does not show. */
export const opaque: ReadonlySet<string> = new Set([
  'DoStmt',
  'CallStmt',
  'ExecuteStmt',
  'CreateFunctionStmt',
  'AlterFunctionStmt',
  'CreateExtensionStmt',
  'LoadStmt',
])

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Tags (and `.field`s) that expressions and queries may hold. */
const query = words(`
  A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star BitString BoolExpr Boolean BooleanTest CaseExpr CaseWhen CoalesceExpr
  CollateClause ColumnRef CommonTableExpr Float FuncCall GroupingFunc GroupingSet Integer JoinExpr List LockingClause MinMaxExpr
  MultiAssignRef NamedArgExpr NullTest RangeFunction RangeSubselect RangeTableSample RangeVar ResTarget RowExpr SQLValueFunction
  SelectStmt SetToDefault SortBy String SubLink TypeCast TypeName WindowDef
  .alias .boolval .bsval .collClause .fval .ival .larg .over .rarg .relation .sval .typeName .withClause .join_using_alias`)

const dml = words(`
  InsertStmt UpdateStmt DeleteStmt MergeStmt MergeWhenClause IndexElem TruncateStmt .infer .onConflictClause .returningClause`)

const ddl = words(`
  AlterTableCmd AlterTableStmt ColumnDef CommentStmt Constraint CreateStmt DefElem DropStmt IndexElem IndexStmt PartitionBoundSpec
  PartitionCmd PartitionElem PartitionRangeDatum PartitionSpec RenameStmt TruncateStmt ViewStmt
  .bound .name .partbound .partspec .pktable .view`)

/** Tags and typed fields a statement of the role may contain anywhere in its tree. */
export const parts: Readonly<Record<Role, ReadonlySet<string>>> = {
  dml: new Set([...query, ...dml]),
  ddl: new Set([...query, ...ddl]),
}

/** ALTER TABLE actions that are allowed, and the mark each leaves in facts. */
export const alterActions: ReadonlyMap<string, string> = new Map([
  ['AT_AddColumn', 'add_column'],
  ['AT_DropColumn', 'drop_column'],
  ['AT_AlterColumnType', 'alter_column_type'],
  ['AT_ColumnDefault', 'column_default'],
  ['AT_SetNotNull', 'set_not_null'],
  ['AT_DropNotNull', 'drop_not_null'],
  ['AT_AddConstraint', 'add_constraint'],
  ['AT_DropConstraint', 'drop_constraint'],
  ['AT_ValidateConstraint', 'validate_constraint'],
  ['AT_SetStatistics', 'set_statistics'],
  ['AT_AttachPartition', 'attach_partition'],
  ['AT_DetachPartition', 'detach_partition'],
])

/** What DROP, RENAME and COMMENT may name, and the word facts use for it. */
export const objects: ReadonlyMap<string, string> = new Map([
  ['OBJECT_TABLE', 'table'],
  ['OBJECT_INDEX', 'index'],
  ['OBJECT_VIEW', 'view'],
  ['OBJECT_COLUMN', 'column'],
])

/** Storage parameters (WITH …) that are allowed on tables and indexes. */
export const storage: ReadonlySet<string> = new Set(['fillfactor', 'security_barrier', 'security_invoker', 'deduplicate_items'])

/** Schemas that are the server's or Clyra's own; no governed statement names a relation in them. */
export const isSystemSchema = (schema: string): boolean =>
  schema.startsWith('pg_') || schema === 'information_schema' || schema === 'clyra_guard' || schema === 'clyra_probe'
