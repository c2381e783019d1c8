/** `musehub derive`: derives now what a serving hub derives in the background. */
import { deriverNames } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { Derived } from "@musehub/domain/usecase/derive/derivePending"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { counted, print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { idsOf, repositoriesFlag } from "../names.ts"
import { deriving } from "../reading/input.ts"

const readable = ({ commits, pending }: Derived): string =>
  pending === 0
    ? `touches: derived from ${counted(commits, "commit")}, nothing is left`
    : `touches: derived from ${counted(commits, "commit")}, ${pending} left: another hub is at them, or the log says ` +
      "what they need and the store lost; `musehub verify` finds it"

export const derive = Command.make(
  "derive",
  {
    repositories: repositoriesFlag("Derive from this repository alone; may be repeated"),
    only: Flag.Literals("only", deriverNames).pipe(
      Flag.withDescription(
        "Derive this alone: touches (which commits touch which paths); default: everything there is"
      ),
      Flag.optional
    ),
    again: Flag.Boolean("again").pipe(
      Flag.withDescription("Delete what was derived, and derive it again"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* ({ again, repositories }) {
    const { json } = yield* musehub
    const ids = repositories.length === 0 ? undefined : yield* idsOf(repositories)
    const derived = yield* deriving(json, { again, repositories: ids })
    yield* print(json, { touches: { ...derived } }, readable(derived))
  })
).pipe(
  Command.withDescription(
    "Derive what the index lacks of it: touches, which history and blame are read from. A serving hub does so in the " +
      "background after each push; this is for what was pushed without one, and after a rebuild. Safe beside hubs, " +
      "which work at other repositories meanwhile, and after any interruption, which loses a few hundred commits of " +
      "work. With --json: touches, an object with commits (derived now) and pending (left)."
  ),
  Command.withShortDescription("Derive now what history and blame are read from"),
  Command.withExamples([
    { command: "musehub derive", description: "Whatever is left, in all repositories" },
    { command: "musehub derive --repo ada/symphony --again", description: "One repository, from the beginning" }
  ]),
  Command.provide(storage)
)
