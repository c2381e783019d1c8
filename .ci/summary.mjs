// Prints the closing line of a run from the report that vitest left. Fails when there is none, or when no test ran.
import { readFileSync } from "node:fs"

const report = JSON.parse(readFileSync(new URL("../node_modules/.cache/test-report.json", import.meta.url), "utf8"))
const { numFailedTests: failed, numPassedTests: passed, numPendingTests: pending, numTodoTests: todo = 0 } = report
const brokenFiles = report.testResults.filter(
  ({ assertionResults, status }) => status === "failed" && assertionResults.length === 0
)
process.stdout.write(`${passed} passed, ${failed + brokenFiles.length} failed, ${pending + todo} skipped\n`)
process.exitCode = passed === 0 || failed + brokenFiles.length > 0 ? 1 : 0
