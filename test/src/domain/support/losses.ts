/** Takes things out of a store behind its hubs, and changes them there, as broken disks and restored copies do. */
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { elementAt } from "@musehub/domain/base/expected"
import { assert } from "@effect/vitest"
import { mislabeled } from "@musehub/contract/StoreSamples"
import type { ObjectName } from "@musehub/domain/invariant/packs/Packs"
import { type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import type { DocumentKey, ImmutableKey } from "@musehub/domain/port/StoreKey"
import { nameDocument } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect } from "effect"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import type { Store } from "../../support/interposedStore.ts"
import {
  ada,
  at,
  newRepository,
  opened,
  type PushOptions,
  pushSteps,
  step,
  type Step,
  type TestHub
} from "./hubSamples.ts"
import { memoryStore, packsOver } from "./rootSamples.ts"

/** Makes a repository whose `main` has a line of commits, each pushed by itself. */
export const pushedLine = Effect.fnUntraced(function* (hub: TestHub, count = 4) {
  const repository = yield* newRepository(hub)
  const steps: Array<Step> = []
  for (let number = 0; number < count; number += 1) {
    const files = { song: `song ${number}`, kept: "part", [`part-${number}`]: `part ${number}` }
    const next = step(`commit ${number}`, files, steps.slice(-1))
    yield* pushSteps(hub, repository, "main", [next])
    steps.push(next)
  }
  const at = (position: number): Step => {
    const found = steps.at(position)
    assert(found !== undefined, "there is such a step")
    return found
  }
  return { repository, steps, at }
})

/** Finds the pack that holds an object, as another process does. */
export const packWith = Effect.fnUntraced(function* (store: Store, repository: RepositoryId, name: ObjectName) {
  const packs = yield* packsOver(store)
  const [place] = yield* packs.find(repository, [name])
  assert(place !== undefined, `a pack holds ${name.type} ${name.id}`)
  return place
})

/** Deletes the pack that holds an object. Returns its key. */
export const losePackWith = Effect.fnUntraced(function* (store: Store, repository: RepositoryId, name: ObjectName) {
  const { pack } = yield* packWith(store, repository, name)
  const key: ImmutableKey<"pack"> = { repository, type: "pack", id: pack.ref.sha256 }
  yield* store.delete(key)
  return key
})

/** Replaces the bytes under a key. */
export const alter = Effect.fnUntraced(function* (
  store: Store,
  key: ImmutableKey,
  change: (bytes: Uint8Array) => Uint8Array
) {
  const bytes = yield* store.get(key)
  yield* store.delete(key)
  const sealed = { type: key.type, id: key.id, size: 0, sha256: Sha256.make(key.id), content: bytes }
  yield* store.put(key.repository, mislabeled(sealed as Parameters<typeof mislabeled>[0], change(bytes)))
})

/** Changes one byte of the block in which an object is. Returns the key of the pack. */
export const damageBlockOf = Effect.fnUntraced(function* (store: Store, repository: RepositoryId, name: ObjectName) {
  const { object, pack } = yield* packWith(store, repository, name)
  const key: ImmutableKey<"pack"> = { repository, type: "pack", id: pack.ref.sha256 }
  const block = pack.directory.blocks[object.block]
  assert(block !== undefined, "the block is there")
  const where = block.start + Math.floor(block.length / 2)
  yield* alter(store, key, (bytes) => bytes.map((byte, position) => (position === where ? byte ^ 1 : byte)))
  return key
})

/** Pushes these steps as one mpack stream, with all their objects. */
export const pushWhole = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  branch: string,
  steps: ReadonlyArray<Step>,
  { by = ada, force = false }: PushOptions = {}
) {
  const open = yield* opened(hub, repository, by)
  const head = steps.at(-1)?.commit.id
  assert(head !== undefined, "there is something to push")
  const { header, objects } = mpackOf(repository.id, steps, { branch, force, head })
  return yield* at(hub)(pushMpack(open, writeMpack(header, objects)))
})

/** Copies what a store has of a repository, its name included, into a new store. */
export const copyStore = Effect.fnUntraced(function* (from: Store, { id, owner, slug }: Repository) {
  const to = yield* memoryStore
  for (const type of ["pack", "blob"] as const) {
    for (const { id: name } of (yield* from.list(id, type, { limit: 1000 })).items) {
      const key = { repository: id, type, id: name } as ImmutableKey
      const content = yield* from.get(key)
      yield* to.put(id, { type, id: name, size: content.byteLength, sha256: Sha256.make(name), content } as never)
    }
  }
  const root: DocumentKey = { kind: "root", repository: id }
  const history = yield* from.documents.list({ kind: "history", repository: id }, { limit: 1000 })
  const names: DocumentKey = { kind: "hub", collection: "names", name: nameDocument({ owner, slug }) }
  const copies = history.items.map((name): DocumentKey => ({ kind: "history", repository: id, sequence: Number(name) }))
  for (const key of [root, ...copies, names]) {
    const found = yield* from.documents.read(key)
    if (found._tag === "Found") yield* to.documents.write(key, found.document.bytes, { _tag: "Absent" })
  }
  return to
})

/** Puts other bytes where a blob or a pack is. */
export const damage = (store: ObjectStore["Service"], key: Parameters<Store["get"]>[0]) =>
  Effect.flatMap(store.get(key), (bytes) => {
    const content = bytes.slice()
    content[20] = elementAt(content, 20) ^ 1
    return Effect.andThen(
      store.delete(key),
      // Evidence cannot be made of wrong bytes, so the cast stands for a disk that changes them.
      store.put(key.repository, { type: key.type, id: key.id, content } as never)
    )
  })
