/** Long outputs: through a pager if stdout is a terminal, as git shows them. */
import { Effect, Stdio, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { type Json, print } from "../output.ts"

/** The pager where `PAGER` is not set. */
const usualPager = "less"

/** Makes less show colours, leave what it showed on the screen, and end at once where all fits on it. */
const lessOptions = "FRX"

const textEncoder = new TextEncoder()

/** Shows a text in a pager. Fails if there is none. */
const paged = Effect.fnUntraced(function* (pager: string, text: string) {
  const { exitCode } = yield* ChildProcessSpawner.ChildProcessSpawner
  return yield* exitCode(
    ChildProcess.make(pager, {
      shell: true,
      stdin: Stream.succeed(textEncoder.encode(`${text}\n`)),
      stdout: "inherit",
      stderr: "inherit",
      env: { LESS: process.env["LESS"] ?? lessOptions },
      extendEnv: true
    })
  )
})

/** What a shell answers where there is no such command. */
const commandUnknown = 127

/** Prints a result as `print` does; on a terminal, a text goes through `$PAGER`, unless that is empty or `cat`. */
export const printPaged = Effect.fnUntraced(function* (json: boolean, value: Json, text: string) {
  const pager = process.env["PAGER"] ?? usualPager
  const { stdoutIsTerminal } = yield* Stdio.Stdio
  if (json || pager === "" || pager === "cat" || !(yield* stdoutIsTerminal)) return yield* print(json, value, text)
  // A pager that was quit takes no more, which is no failure.
  const code = yield* Effect.orElseSucceed(paged(pager, text), () => 0)
  if (code === commandUnknown) yield* print(json, value, text)
})
