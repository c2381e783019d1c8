/**
 * A store with one repository: a line of commits with 40 files each, 8 of which each commit changes. The branch leads
 * to a part of the commits; nothing leads to the others.
 */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { expected } from "@musehub/domain/base/expected"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { Roots } from "@musehub/domain/invariant/Roots"
import { blobOf } from "@musehub/domain/object/Blob"
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import type { BlobId } from "@musehub/domain/object/Id"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { BranchName } from "@musehub/domain/repository/Names"
import { HistoryTarget } from "@musehub/domain/usecase/operations/adopt/HistoryTarget"
import { Context, Effect, Layer } from "effect"
import { at, newRepository, startHub } from "../../../test/src/domain/support/hubSamples.ts"
import { timeOf } from "../../../test/src/legacy/legacyLine.ts"

const files = 40
const changes = 8
/** Objects of each commit: its own, its snapshot, and its blobs. */
export const objectsOfCommit = 2 + changes

const main = BranchName.make("main")
const encoder = new TextEncoder()

/** Makes the store in a folder. The branch leads to the first `kept` of the commits. */
export const generatedStore = Effect.fnUntraced(function* (folder: string, commits: number, kept: number) {
  const built = yield* Layer.build(FilesystemObjectStore.layer(folder))
  const hub = yield* startHub({ store: Context.get(built, ObjectStore) })
  const { id } = yield* newRepository(hub)
  yield* at(hub)(
    Effect.gen(function* () {
      const target = new HistoryTarget(yield* (yield* Roots).read(id), () => Effect.void)
      const manifest = new Map<string, BlobId>()
      let [parent, head]: ReadonlyArray<Commit | undefined> = []
      for (let number = 0; number < commits; number += 1) {
        for (let change = 0; change < changes; change += 1) {
          const blob = blobOf(encoder.encode(`${number} ${change}`))
          yield* target.packs.add(blob)
          manifest.set(`file-${(number * changes + change) % files}`, blob.id)
        }
        const snapshot = makeSnapshot(new Map(manifest), timeOf(number))
        parent = makeCommit({
          branch: main,
          snapshot_id: snapshot.id,
          message: `commit ${number}`,
          committed_at: timeOf(number),
          author: "ada",
          parent_commit_id: parent?.id ?? null
        })
        yield* target.addCommit(parent, snapshot)
        yield* target.namePut
        if (number < kept) head = parent
      }
      const { id: last } = expected(head, "a commit that is kept")
      yield* target.finish((root) =>
        Effect.map(withHead(root, main, last), ({ heads }) => ({
          root: { heads },
          change: { action: "push", by: root.repository.owner, at: timeOf(0), moves: [] }
        }))
      )
    })
  )
})
