#!/usr/bin/env node
import { run } from './main.ts'
import { terminal } from './terminal.ts'

const code = await run(process.argv.slice(2), terminal())
// Said outright: an open connection must not keep the process.
if (code !== undefined) process.exit(code)
