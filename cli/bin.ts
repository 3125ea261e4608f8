#!/usr/bin/env node
import { run } from './main.ts'
import { terminal } from './terminal.ts'

const code = await run(process.argv.slice(2), terminal())
if (code !== undefined) process.exitCode = code
