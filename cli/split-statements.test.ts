import { describe, expect, test } from '@jest/globals'
import { splitStatements } from './split-statements.ts'

describe('splitStatements', () => {
  test.each<[string, string, string[]]>([
    ['one statement without a semicolon', 'SELECT 1', ['SELECT 1']],
    ['two statements', 'SELECT 1;\nSELECT 2;\n', ['SELECT 1', 'SELECT 2']],
    ['a semicolon in a string', "SELECT ';' ; SELECT 'it''s;'", ["SELECT ';'", "SELECT 'it''s;'"]],
    ['a backslash before a quote in an E-string', "SELECT E'\\';' ; SELECT 2", ["SELECT E'\\';'", 'SELECT 2']],
    ['a backslash before a quote in a plain string', "SELECT '\\'; SELECT 2", ["SELECT '\\'", 'SELECT 2']],
    ['a semicolon in a quoted name', 'SELECT ";" ; SELECT 2', ['SELECT ";"', 'SELECT 2']],
    ['a dollar-quoted body', 'DO $$ a; b $$; SELECT 2', ['DO $$ a; b $$', 'SELECT 2']],
    ['a tagged dollar quote that holds another', 'DO $a$ x; $$ ; $$ $a$; SELECT 2', ['DO $a$ x; $$ ; $$ $a$', 'SELECT 2']],
    ['parameters, which are no dollar quotes', 'SELECT $1; SELECT a$b; SELECT $2', ['SELECT $1', 'SELECT a$b', 'SELECT $2']],
    ['a semicolon in a line comment', 'SELECT 1 -- a; b\n; SELECT 2', ['SELECT 1 -- a; b', 'SELECT 2']],
    ['a nested block comment', 'SELECT 1 /* a; /* b; */ c; */; SELECT 2', ['SELECT 1 /* a; /* b; */ c; */', 'SELECT 2']],
    ['a quote in a comment', "SELECT 1; -- it's\nSELECT 2", ['SELECT 1', "-- it's\nSELECT 2"]],
    ['a comment at the end', 'SELECT 1; -- done', ['SELECT 1']],
    ['only blanks and comments', ' ; ;\n-- nothing\n/* none */ ;', []],
    ['an open comment', 'SELECT 1; /* open; SELECT 2', ['SELECT 1']],
    ['an open string', "SELECT 1; SELECT 'open; SELECT 3", ['SELECT 1', "SELECT 'open", 'SELECT 3']],
  ])('%s', (_name, text, statements) => {
    expect(splitStatements(text)).toEqual(statements)
  })
})
