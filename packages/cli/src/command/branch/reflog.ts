/** `musehub branch reflog`: where a branch was, straight from the store; deleted branches too. */
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, firstItems, print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { branchArgument } from "./view.ts"

export const reflog = Command.make(
  "reflog",
  { ...repositoryInput, name: branchArgument, limit: limitFlag },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const entries = yield* firstItems(given.limit, (page) => readReflog(open, given.name, page))
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
    "List the moves of a branch, newest first; of a deleted one too. With --json: an array of objects with " +
      "sequence, action, by, at, from (null: it began), to (null: it ended), proposal (the one that was " +
      "merged, or null)."
  ),
  Command.withShortDescription("List where a branch was"),
  Command.withExamples([
    { command: "musehub branch reflog ada/symphony main", description: "What to give to branch restore" }
  ]),
  Command.provide(storage)
)
