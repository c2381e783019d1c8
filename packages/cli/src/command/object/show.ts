/** `musehub object show`: writes the stored bytes of an object to stdout. */
import { contentOf } from "@musehub/domain/usecase/fetch/locateObject"
import { Effect, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { OutputRefused } from "../../errors.ts"
import { storeReaders } from "../musehub.ts"
import { located, objectInput } from "./located.ts"

export const show = Command.make(
  "show",
  objectInput,
  Effect.fn(function* (given) {
    const { stdout } = yield* Stdio.Stdio
    yield* Stream.run(contentOf(yield* located(given)), stdout({ endOnDone: false })).pipe(
      Effect.catchTag("PlatformError", (cause) => new OutputRefused({ cause }))
    )
  })
).pipe(
  Command.withDescription(
    "Write an object to stdout as it is stored, byte for byte: a blob is its content, a snapshot or commit is " +
      "`<type> <size>`, a zero byte and JSON. What is damaged is not written to its end, and the exit code is 1. " +
      "--json changes nothing."
  ),
  Command.withShortDescription("Write an object to stdout"),
  Command.withExamples([
    {
      command: "musehub object show ada/symphony commit 5e8dd316726b0335e8dd316726b0335e8dd316726b0335e8dd316726b0335e",
      description: "Print a commit"
    }
  ]),
  Command.provide(storeReaders)
)
