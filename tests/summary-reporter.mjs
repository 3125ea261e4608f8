// Closes a run with `N passed, N failed` and, above it, every skipped test with its reason (the test's title says why).
// A suite that could not run counts as one failure. A run that crashes prints no closing line, which is a failure too.
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((suite) =>
      suite.testResults.filter((test) => test.status === 'pending' || test.status === 'todo').map((test) => test.fullName),
    )
    const broken = results.testResults.filter((suite) => suite.testExecError).length
    for (const name of skipped) console.log(`SKIPPED ${name}`)
    console.log(`\n${results.numPassedTests} passed, ${results.numFailedTests + broken} failed`)
  }
}
