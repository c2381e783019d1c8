/**
 * A process that uses the embedded index, for tests that kill it: opens the index in the given folder, reports what it
 * reads on one line, and stays until its standard input ends.
 */
import * as Embedded from "@musehub/adapter-postgres/Embedded"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { Effect, Logger } from "effect"

const [directory = ""] = process.argv.slice(2)

const stay = Effect.callback<void>((resume) => {
  process.stdin.once("end", () => resume(Effect.void)).resume()
})

const main = Effect.gen(function* () {
  const index = yield* wholeIndex
  const { commits } = yield* index.counts
  process.stdout.write(`open ${commits}\n`)
  yield* stay
  yield* index.counts
  process.stdout.write("still open\n")
}).pipe(
  Effect.provide(Embedded.layer(directory)),
  Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatSimple)]))
)

await Effect.runPromise(main)
