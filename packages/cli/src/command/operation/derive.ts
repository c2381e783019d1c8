/** `musehub derive`: derives now what a serving hub derives in the background. */
import { type DeriverName, deriverNames } from "@musehub/domain/port/index/derived/DerivationIndex"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import type { Derived } from "@musehub/domain/usecase/derive/derivePending"
import { workingDerivers } from "@musehub/domain/usecase/derive/workingDerivers"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { extractorSetting } from "../../config/Configuration.ts"
import { counted, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { idsOf, repositoriesFlag } from "../names.ts"
import { deriving } from "../reading/input.ts"

const readable = (deriver: DeriverName, { commits, pending }: Derived): string => {
  const derived = `${deriver}: derived from ${counted(commits, deriver === "marks" ? "identity" : "commit")}`
  return pending === 0
    ? `${derived}, nothing is left`
    : `${derived}, ${pending} left: another hub is at them, or the log says what they need and the store lost; ` +
        "`musehub verify` finds it"
}

/** Returns what to derive: one thing, or whatever this hub can. */
const chosen = Effect.fnUntraced(function* (only: Option.Option<DeriverName>) {
  const working = [...(yield* workingDerivers).keys()]
  if (Option.isNone(only)) return working
  if (working.includes(only.value)) return [only.value]
  const reason = `there is no extractor, so no ${only.value} are derived; expected ${extractorSetting.accepts}`
  return yield* new ConfigurationRefused({ setting: extractorSetting.variable, reason })
})

export const derive = Command.make(
  "derive",
  {
    repositories: repositoriesFlag("Derive from this repository alone; may be repeated"),
    only: Flag.Literals("only", deriverNames).pipe(
      Flag.withDescription(
        "Derive this alone: touches (which commits touch which paths), lines (how many they add and remove there), " +
          "symbols (what files declare, and what commits did to it), or marks (who follows and stars what); default: " +
          "all"
      ),
      Flag.optional
    ),
    again: Flag.Boolean("again").pipe(
      Flag.withDescription("Delete what was derived, and derive it again"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* ({ again, only, repositories }) {
    const { json } = yield* musehub
    const ids = repositories.length === 0 ? undefined : yield* idsOf(repositories)
    const results = yield* Effect.forEach(yield* chosen(only), (deriver) =>
      Effect.map(deriving(json, { again, deriver, repositories: ids }), (derived) => ({ deriver, derived }))
    )
    yield* print(
      json,
      Object.fromEntries(results.map(({ derived, deriver }) => [deriver, { ...derived }])),
      results.map(({ derived, deriver }) => readable(deriver, derived)).join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Derive what the index lacks of it: touches, which history and blame are read from, lines, symbols, unless " +
      `${extractorSetting.variable} is none, and marks, from which followers and stars are counted. A serving hub ` +
      "does so in the background after each push; this is for what was pushed without one, and after a rebuild. Safe " +
      "beside hubs, which work at other repositories meanwhile, and after any interruption, which loses a few " +
      "hundred commits of work. With --json: touches, lines, symbols and marks, each an object with commits " +
      "(derived now; identities, of marks) and pending (left)."
  ),
  Command.withShortDescription("Derive now what history, blame, symbols and counts are read from"),
  Command.withExamples([
    { command: "musehub derive", description: "Whatever is left, in all repositories" },
    { command: "musehub derive --repo ada/symphony --again", description: "One repository, from the beginning" }
  ]),
  Command.provide(presentStorage)
)
