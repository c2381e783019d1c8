/** `musehub branch reflog`: lists the former heads of a branch, also of a deleted one, straight from the store. */
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { knownHead } from "@musehub/domain/invariant/refs/revisions"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { columns, firstItems, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { branchArgument } from "./view.ts"

export const reflog = Command.make(
  "reflog",
  { ...repositoryInput, name: branchArgument, limit: limitFlag },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    // The operator waits for the whole history, where a branch was deleted long ago.
    const entries = yield* firstItems(given.limit, (page) =>
      Effect.catchTag(readReflog(open, given.name, page), "ReflogUnfinished", ({ next }) =>
        Effect.succeed({ items: [], next: Option.some(next) })
      )
    )
    if (entries.length === 0) yield* knownHead(open.root.value, given.name)
    yield* print(
      json,
      entries.map(({ action, at, by, from, proposal, sequence, to }) => ({
        sequence,
        action,
        by,
        at,
        from,
        to,
        proposal
      })),
      columns([
        ["TIME", "ACTION", "BY", "HEAD"],
        ...entries.map(({ action, at, by, proposal, to }) => [
          at,
          proposal === null ? action : `${action} #${proposal}`,
          by,
          to ?? "gone"
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "List the changes of a branch's head, newest first, also of a deleted branch. With --json: an array of " +
      "objects with sequence, action, by, at, from (null if created), to (null if deleted), proposal (the merged " +
      "one, or null)."
  ),
  Command.withShortDescription("List the former heads of a branch"),
  Command.withExamples([
    { command: "musehub branch reflog ada/symphony main", description: "Find a commit for branch restore" }
  ]),
  Command.provide(presentStorage)
)
