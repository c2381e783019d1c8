/**
 * Inspects store and index after the hub was used: everything is canonical, under the id that its bytes give, and the
 * index says nothing that the store does not have.
 */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { RepositoryId } from "@musehub/domain/object/Id"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import { wholeIndex } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { everyItem } from "@musehub/domain/port/Page"
import { rootCodec } from "@musehub/domain/repository/codecs"
import type { Root } from "@musehub/domain/repository/Root"
import { Effect, Result, Stream } from "effect"
import { assertRowsTellTheTruth, openedPacks } from "../../domain/support/hubSamples.ts"
import { packsOver } from "../../domain/support/rootSamples.ts"
import { packContent } from "./packContent.ts"

/** Reads the packs that the root names, and asserts that each is a zstd file of what its directory says. */
const auditPacks = Effect.fnUntraced(function* (repository: RepositoryId) {
  const store = yield* ObjectStore
  const packs = yield* openedPacks(yield* packsOver(store), store, repository)
  const [snapshots, commits] = [new Set<string>(), new Set<string>()]
  const blobs = new Set<string>()
  const files = yield* Effect.forEach(
    packs,
    ({ directory, ref }) =>
      Effect.map(store.get({ repository, type: "pack", id: ref.sha256 }), (file) => {
        const found = { sha256: sha256(file), size: file.byteLength, objects: directory.size }
        assert.deepStrictEqual<object>(found, ref, "the root names the pack as it is")
        return { file, blocks: directory.blocks }
      }),
    { concurrency: 4 }
  )
  const printed = packContent(files)
  let printedBefore = 0
  for (const { directory, ref } of packs) {
    const content = printed.slice(printedBefore, (printedBefore += directory.size))
    assert.deepStrictEqual<object>(
      content.map(({ bytes, id, type }) => ({ type, id, size: bytes.byteLength, sha256: sha256(bytes) })),
      Array.from(directory, ({ id, sha256: hash, size, type }) => ({ type, id, size, sha256: hash })),
      `the directory of pack ${ref.sha256}`
    )
    for (const { bytes, id, type } of content) {
      if (type === "commit") commits.add(id)
      if (type !== "snapshot") continue
      snapshots.add(id)
      for (const blob of Result.getOrThrow(decodeSnapshot(bytes)).manifest.values()) blobs.add(blob)
    }
  }
  assert.lengthOf(printed, printedBefore, "nothing is printed that no directory names")
  return { blobs, snapshots, commits }
})

/** Asserts that the index has a row for each object that the packs lead to, and that each row tells the truth. */
const auditObjects = Effect.fnUntraced(function* (repository: RepositoryId) {
  const objects = yield* auditPacks(repository)
  const rows = yield* assertRowsTellTheTruth({ store: yield* ObjectStore, index: yield* wholeIndex }, repository)
  const idsOf = (each: ReadonlyArray<{ readonly id: string }>) => each.map(({ id }) => id).toSorted()
  assert.deepStrictEqual(idsOf(rows.commit), [...objects.commits].toSorted(), "commits")
  assert.deepStrictEqual(idsOf(rows.snapshot), [...objects.snapshots].toSorted(), "snapshots")
  assert.deepStrictEqual(idsOf(rows.blob), [...objects.blobs].toSorted(), "the blobs that snapshots name")
  return objects
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
  const copies = yield* Stream.runCollect(
    everyItem(100, (page) => store.documents.list({ kind: "history", repository }, page))
  )
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
  const objects = yield* auditObjects(repository)
  return { ...objects, root: yield* auditRoots(repository) }
}, Effect.scoped)
