/** `musehub log`: lists the newest commits of a history, one per line. */
import { listCommits } from "@musehub/domain/usecase/commits/readCommits"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { columns, firstItems, firstLine } from "../../output.ts"
import { printPaged } from "../../terminal/printPaged.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { commitJson } from "./commitJson.ts"
import { refFlag } from "./input.ts"

export const log = Command.make(
  "log",
  { ...repositoryInput, ref: refFlag, limit: limitFlag },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const from = Option.getOrUndefined(given.ref)
    const commits = yield* firstItems(given.limit, (page) => listCommits(open, { from }, page))
    yield* printPaged(
      json,
      commits.map(commitJson),
      columns([
        ["COMMIT", "TIME", "AUTHOR", "MESSAGE"],
        ...commits.map(({ id, record }) => [
          id,
          record.committed_at,
          firstLine(record.author),
          firstLine(record.message)
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "List the commits of a branch, children before parents, with the first line of each message. On a terminal, " +
      "through $PAGER. With --json: an array of objects with commitId, parents, snapshotId, committedAt, author, " +
      "message (whole)."
  ),
  Command.withShortDescription("List the commits of a branch"),
  Command.withExamples([
    { command: "musehub log ada/symphony --limit 10", description: "The newest commits of the default branch" },
    { command: "musehub log ada/symphony --ref finale", description: "The commits of another branch" }
  ]),
  Command.provide(presentStorage)
)
