// Names every skipped test (its title says why) and hands the counts to tests/run.sh. A suite that could not run counts as one
// failure; in CI so does a skip that is not on tests/allowed-skips.txt. A run that crashes writes no summary, which is a failure too.
import { readFileSync, writeFileSync } from 'node:fs'

const allowed = readFileSync(new URL('./allowed-skips.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((suite) =>
      suite.testResults.filter((test) => test.status === 'pending' || test.status === 'todo').map((test) => test.fullName),
    )
    const broken = results.testResults.filter((suite) => suite.testExecError).length
    const refused = process.env.CI ? skipped.filter((name) => !allowed.some((start) => name.startsWith(start))) : []
    for (const name of skipped) console.log(`SKIPPED ${name}`)
    for (const name of refused) console.log(`FAIL  skipped without leave: ${name}`)
    const failed = results.numFailedTests + broken + refused.length
    if (process.env.SUMMARY_FILE) writeFileSync(process.env.SUMMARY_FILE, `${results.numPassedTests} ${failed}\n`)
    console.log(`\n${results.numPassedTests} passed, ${failed} failed`)
  }
}
