/** Moves the branch of a store's only repository back, so that nothing leads to the commits after it any more. */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { expected } from "@musehub/domain/base/expected"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { firstRefs } from "@musehub/domain/invariant/refs/refs"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer } from "effect"
import { at, startHub } from "../../../test/src/domain/support/hubSamples.ts"

export const moveBack = Effect.fnUntraced(function* (folder: string, commit: CommitId) {
  const built = yield* Layer.build(FilesystemObjectStore.layer(folder))
  const store = Context.get(built, ObjectStore)
  const [id] = (yield* store.listRepositories({ limit: 1 })).items
  yield* at(yield* startHub({ store }))(
    Effect.flatMap(Roots, ({ move }) =>
      move(expected(id, "a repository"), (root) =>
        Effect.gen(function* () {
          const [branch] = yield* firstRefs(root, root.heads, { count: 1 })
          const [name] = expected(branch, "a branch")
          const { heads } = yield* withHead(root, name, commit)
          const { owner } = root.repository
          return { root: { heads }, change: { action: "push", by: owner, at: new Date().toISOString(), moves: [] } }
        })
      )
    )
  )
})
