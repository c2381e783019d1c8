/**
 * Inspects store and index after the hub was used: everything is canonical, under the id that its bytes give, and the
 * index says nothing that the store does not have.
 */
import { assert } from "@effect/vitest"
import { decodeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { RepositoryId, type ObjectType } from "@musehub/domain/object/Id"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { rootCodec } from "@musehub/domain/repository/codecs"
import type { Root } from "@musehub/domain/repository/Root"
import { Effect, Option, Result } from "effect"

const pageSize = 100
const types: ReadonlyArray<ObjectType> = ["blob", "snapshot", "commit"]

const allPages = Effect.fnUntraced(function* <A, E, R>(page: (request: PageRequest) => Effect.Effect<Page<A>, E, R>) {
  const items: Array<A> = []
  let after: string | undefined
  do {
    const { items: found, next }: Page<A> = yield* page({ after, limit: pageSize })
    items.push(...found)
    after = Option.getOrUndefined(next)
  } while (after !== undefined)
  return items
})

const idGivenBy: { readonly [T in ObjectType]: (bytes: Uint8Array) => string } = {
  blob: sha256,
  snapshot: (bytes) => Result.getOrThrow(decodeSnapshot(bytes)).id,
  commit: (bytes) => Result.getOrThrow(decodeCommit(bytes)).id
}

/** Reads the ids of everything in the store of a repository, each checked against its bytes and its index row. */
const auditObjects = Effect.fnUntraced(function* (repository: RepositoryId, type: ObjectType) {
  const store = yield* ObjectStore
  const index = yield* wholeIndex
  const heads = yield* allPages((page) => store.list(repository, type, page))
  const rows = new Map((yield* allPages((page) => index.rows(repository, type, page))).map((row) => [row.id, row]))
  yield* Effect.forEach(
    heads,
    Effect.fnUntraced(function* (head) {
      const name = `${type} ${head.id}`
      const bytes = yield* store.get({ repository, type, id: head.id } as ObjectKey)
      assert.strictEqual(idGivenBy[type](bytes), head.id, `${name} gives its id`)
      const row = rows.get(head.id)
      assert.strictEqual(row?.sha256, sha256(bytes), `the row of ${name} has the hash of its bytes`)
      assert.strictEqual(row?.size, bytes.byteLength, `the row of ${name} has its size`)
      assert.strictEqual(row?.storageUri, head.storageUri, `the row of ${name} names its place`)
      assert.isNotEmpty(head.storageUri)
    }),
    { concurrency: 8 }
  )
  const ids = new Set(heads.map((head) => head.id))
  assert.deepStrictEqual([...rows.keys()].toSorted(), [...ids].toSorted(), `${type} rows and stored ${type}s`)
  return ids
})

/** Reads the root, and the chain of earlier roots that it ends. */
const auditRoots = Effect.fnUntraced(function* (repository: RepositoryId) {
  const store = yield* ObjectStore
  const read = Effect.fnUntraced(function* (key: Parameters<typeof store.documents.read>[0]) {
    const found = yield* store.documents.read(key)
    assert(found._tag === "Found", JSON.stringify(key))
    return { bytes: found.document.bytes, root: Result.getOrThrow(rootCodec.decode(found.document.bytes)) }
  })
  const current = yield* read({ kind: "root", repository })
  const copies = yield* allPages((page) => store.documents.list({ kind: "history", repository }, page))
  const { sequence: last } = current.root
  const earlier = Array.from({ length: last }, (_, sequence) => sequence)
  const kept = copies.map(Number)
  assert.deepStrictEqual(kept.slice(0, last), earlier, "every earlier root has its copy")
  // A push that is under way, or was refused late, has copied the present root ahead of a move.
  if (kept.length > last) {
    assert.deepStrictEqual(kept.slice(last), [last])
    assert.deepStrictEqual((yield* read({ kind: "history", repository, sequence: last })).bytes, current.bytes)
  }
  let later: Root = current.root
  for (let sequence = current.root.sequence - 1; sequence >= 0; sequence--) {
    const { bytes, root } = yield* read({ kind: "history", repository, sequence })
    assert.strictEqual(root.sequence, sequence)
    assert.strictEqual(later.previous, sha256(bytes), `root ${sequence + 1} names the hash of root ${sequence}`)
    later = root
  }
  assert.isNull(later.previous)
  return current.root
})

/** Audits a repository and returns its content. */
export const audit = Effect.fnUntraced(function* (id: string) {
  const repository = RepositoryId.make(id)
  const [blobs, snapshots, commits] = yield* Effect.all(types.map((type) => auditObjects(repository, type)))
  const root = yield* auditRoots(repository)
  return { blobs: blobs ?? new Set(), snapshots: snapshots ?? new Set(), commits: commits ?? new Set(), root }
})
