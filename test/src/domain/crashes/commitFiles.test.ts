/** The creation of a repository, and a commit of files to it. */
import { assert, describe } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { Slug } from "@musehub/domain/repository/Names"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { Cause, Effect, Exit } from "effect"
import { crashing } from "./crashing.ts"
import { ada, at, newRepository, opened, step } from "../support/hubSamples.ts"

const failureOf = (exit: Exit.Exit<unknown, unknown>): unknown => {
  assert(Exit.isFailure(exit))
  return Cause.squash(exit.cause)
}

describe("the creation of a repository with a first commit", () => {
  crashing({
    prepare: () => Effect.succeed({ owner: ada.user, slug: Slug.make("engine") }),
    run: (hub) => newRepository(hub, "engine", { initialize: true }),
    assertDone: ({ cloned, heads }, before) => {
      assert.isUndefined(before)
      const { message } = expected(cloned.commit[expected(heads["main"], "the branch")], "the commit")
      assert.strictEqual(message, "Initial commit")
    },
    assertAgain: (exit) => assert.deepInclude(failureOf(exit), { _tag: "RepositoryNameTaken" })
  })
})

describe("a commit of files", () => {
  const files = step("files", { song: "one", "folder/part": "two" })

  crashing({
    prepare: (hub) => newRepository(hub, "engine", { initialize: true }),
    run: Effect.fnUntraced(function* (hub, repository) {
      const changes = Object.entries({ song: "one", "folder/part": "two" }).map(
        ([path, text]) => ({ op: "put", path, content: new TextEncoder().encode(text) }) as const
      )
      return yield* at(hub)(commitFiles(yield* opened(hub, repository), { branch: "main", message: "files", changes }))
    }),
    assertDone: ({ cloned, heads }, before) => {
      const commit = expected(cloned.commit[expected(heads["main"], "the branch")], "the commit")
      assert.strictEqual(commit.parent_commit_id, before?.heads["main"])
      assert.strictEqual(commit.snapshot_id, files.snapshot.id)
      assert.includeMembers(
        Object.keys(cloned.blob),
        files.blobs.map(({ id }) => id)
      )
    },
    assertAgain: (exit) => assert.deepInclude(failureOf(exit), { _tag: "NothingToCommit" })
  })
})
