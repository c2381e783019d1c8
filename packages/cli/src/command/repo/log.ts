/** `musehub repo log`: lists the newest commits of a history, one per line. */
import { listCommits } from "@musehub/domain/usecase/commits/readCommits"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { columns, firstItems, firstLine, print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"

export const log = Command.make(
  "log",
  {
    ...repositoryInput,
    ref: Flag.String("ref").pipe(
      Flag.withMetavar("REF"),
      Flag.withDescription(
        "Where the history starts: a branch, the id of a commit, a release, or tags/LABEL; default: the default branch"
      ),
      Flag.optional
    ),
    limit: limitFlag
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const from = Option.getOrUndefined(given.ref)
    const commits = yield* firstItems(given.limit, (page) => listCommits(open, { from }, page))
    yield* print(
      json,
      commits.map(({ id, parents, record, snapshotId }) => ({
        commitId: id,
        parents,
        snapshotId,
        committedAt: record.committed_at,
        author: record.author,
        message: record.message
      })),
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
    "List the commits of a branch, children before parents, with the first line of each message. With --json: an " +
      "array of objects with commitId, parents, snapshotId, committedAt, author, message (whole)."
  ),
  Command.withShortDescription("List the commits of a branch"),
  Command.withExamples([
    { command: "musehub repo log ada/symphony --limit 10", description: "The newest commits of the default branch" },
    { command: "musehub repo log ada/symphony --ref finale", description: "The commits of another branch" }
  ]),
  Command.provide(storage)
)
