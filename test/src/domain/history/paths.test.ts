/** Which paths may enter a repository: one rule for every door, and none that makes stored history unreadable. */
import { assert, describe, it } from "@effect/vitest"
import { makeSnapshot, snapshotObject, decodeSnapshot, SnapshotChecker } from "@musehub/domain/object/Snapshot"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import type { FileChange } from "@musehub/domain/usecase/commits/fileChanges"
import { Effect, Result } from "effect"
import { at, newRepository, opened, pushSteps, startHub, step, textBlob } from "../support/hubSamples.ts"

/** Paths that some file system takes for a path in the folder `.muse`. */
const aliases = [
  "a/.muse/config.toml",
  ".muse./x",
  ".muse ",
  "a/.mu\u200cse/x",
  "MUSE~1/x",
  ".muse::$INDEX_ALLOCATION/x"
] as const

/** A hub with a repository whose head holds this file besides `fine`. */
const holding = Effect.fnUntraced(function* (path: string) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [step("first", { fine: "x", [path]: "y" })])
  const commit = Effect.fnUntraced(function* (change: FileChange) {
    const open = yield* opened(hub, repository)
    return yield* at(hub)(commitFiles(open, { branch: "main", message: "", changes: [change] }))
  })
  return { commit }
})

describe.each(aliases)("a path that some file system takes for the folder .muse: %j", (path) => {
  it("is refused in a snapshot from outside, and read in one that is stored", () => {
    const snapshot = makeSnapshot(new Map([[path, textBlob("y").id]]), "2026-11-22T15:08:10.707051+00:00")
    const refused = Result.flip(new SnapshotChecker().check(snapshot))
    assert.isTrue(Result.isSuccess(refused))
    if (Result.isSuccess(refused)) assert.include(refused.success.message, "take for the folder .muse")
    const read = decodeSnapshot(snapshotObject(snapshot).content as Uint8Array)
    assert.deepStrictEqual(Result.getOrThrow(read).manifest, snapshot.manifest)
  })

  it.effect("is refused in a commit over REST, as the new path of a put or a move", () =>
    Effect.gen(function* () {
      const { commit } = yield* holding("other")
      const put = yield* Effect.flip(commit({ op: "put", path, content: new Uint8Array() }))
      const moved = yield* Effect.flip(commit({ op: "move", from: "fine", to: path }))
      for (const refused of [put, moved]) {
        assert.strictEqual(refused._tag, "ChangesRefused")
        assert.include(refused.message, "take for the folder .muse")
      }
    })
  )

  it.effect("can be moved away or deleted where it is stored already", () =>
    Effect.gen(function* () {
      yield* (yield* holding(path)).commit({ op: "move", from: path, to: "renamed" })
      yield* (yield* holding(path)).commit({ op: "delete", path })
    })
  )
})
