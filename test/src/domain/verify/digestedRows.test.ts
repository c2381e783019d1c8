/** Verifying a sound repository reads none of its rows: the index digests them. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect } from "effect"
import { findingsOf, grownHub } from "./verified.ts"

describe("verify", () => {
  it.effect("reads no row that is right, also of large blobs, and those of a page that differs", () =>
    Effect.gen(function* () {
      const { hub } = yield* grownHub
      const read: Array<string> = []
      const counting = (lie: boolean): typeof hub.index => ({
        ...hub.index,
        rows: (repository, type, page) => {
          read.push(type)
          return hub.index.rows(repository, type, page)
        },
        known: (repository, ids) => {
          read.push("nodes")
          return hub.index.known(repository, ids)
        },
        nodesDigest: (repository, page) =>
          Effect.map(hub.index.nodesDigest(repository, page), (digest) =>
            lie ? { ...digest, sha256: sha256("other nodes") } : digest
          ),
        rowsDigest: (repository, type, page) =>
          Effect.map(hub.index.rowsDigest(repository, type, page), (digest) =>
            lie && type === "snapshot" ? { ...digest, rows: digest.rows + 1 } : digest
          )
      })
      const sound = yield* findingsOf({ store: hub.store, index: counting(false) }, "default")
      assert.deepStrictEqual([sound.faults, read], [[], []])
      const doubted = yield* findingsOf({ store: hub.store, index: counting(true) }, "default")
      assert.deepStrictEqual([doubted.faults, new Set(read)], [[], new Set(["snapshot", "nodes"])])
    })
  )
})
