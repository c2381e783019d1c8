/** Faults as tests plant them, and what a fault in a pack takes. */
import { assert, it } from "@effect/vitest"
import { elementAt, expected } from "@musehub/domain/base/expected"
import { Roots } from "@musehub/domain/invariant/Roots"
import { sha256 } from "@musehub/domain/object/Digest"
import { commitObject } from "@musehub/domain/object/Commit"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import { blobOf } from "@musehub/domain/object/Blob"
import type { PackableObject } from "@musehub/domain/pack/PackedObject"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { PackWriter } from "@musehub/domain/pack/PackWriter"
import type { PackRef } from "@musehub/domain/repository/PackRef"
import type { FindingTag } from "@musehub/domain/usecase/operations/verify/Finding"
import type { Level } from "@musehub/domain/usecase/operations/verify/Inspection"
import { Effect, Option, Result, type Scope } from "effect"
import { at, type Step, type TestHub, textBlob } from "../support/hubSamples.ts"
import { findingsOf, type Grown, grownHub, levels, moveRoot } from "./verified.ts"

/** What planting a fault gives: a part of the place of the first finding, and the index then. */
interface Planted {
  readonly place: string
  readonly index?: TestHub["index"]
}

export interface Fault {
  readonly name: string
  readonly plant: (grown: Grown) => Effect.Effect<Planted, { readonly _tag: string }, Scope.Scope>
  /** The kinds of faults that verify finds then. */
  readonly finds: ReadonlyArray<FindingTag>
  /** What follows from the fault, and is seen from level `default` on. */
  readonly follows?: ReadonlyArray<FindingTag>
  /** The lowest level that finds it. */
  readonly from?: Level
}

/** Makes a test of each fault: levels from `from` on find it and nothing else, and those below find nothing. */
export const testFaults = (faults: ReadonlyArray<Fault>) => {
  for (const { finds, from = "quick", name, plant, follows = [] } of faults) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const grown = yield* grownHub
        const { index = grown.hub.index, place } = yield* plant(grown)
        for (const level of levels) {
          const { faults: found, verified } = yield* findingsOf({ store: grown.hub.store, index }, level)
          const tags = new Set(found.map(({ _tag }) => _tag))
          const seen = level === "quick" ? [] : follows
          const isFound = levels.indexOf(level) >= levels.indexOf(from)
          assert.sameMembers([...tags], isFound ? [...finds, ...seen] : [], level)
          assert.strictEqual(verified.faults, found.length, level)
          if (isFound)
            assert.isTrue(
              found.some((each) => each._tag === finds[0] && each.place.includes(place)),
              place
            )
        }
      })
    )
  }
}

export const rootOf = ({ hub, repository }: Grown) =>
  at(hub)(Effect.flatMap(Roots, (roots) => Effect.map(roots.read(repository.id), ({ value }) => value)))

export const firstPack = (grown: Grown): Effect.Effect<PackRef, { readonly _tag: string }> =>
  Effect.map(rootOf(grown), ({ packs }) => elementAt(packs, 0))

export const packKey = ({ repository }: Grown, { sha256: id }: PackRef) =>
  ({ repository: repository.id, type: "pack", id }) as const

/** Puts the bytes of a pack of so many objects. */
export const putBytes = Effect.fnUntraced(function* ({ hub, repository }: Grown, bytes: Uint8Array, objects: number) {
  const file = yield* PackFile.of(bytes)
  yield* hub.store.put(repository.id, file)
  return { sha256: file.id, size: file.size, objects } satisfies PackRef
})

/** Puts a pack of these objects. */
export const putPack = Effect.fnUntraced(function* (grown: Grown, objects: ReadonlyArray<PackableObject>) {
  const writer = new PackWriter()
  for (const object of objects) yield* writer.add(object)
  const { file } = Option.getOrThrow(yield* writer.finish())
  return yield* putBytes(grown, file.content, objects.length)
})

/** Has the root name one more pack, of these objects. */
export const namePack = Effect.fnUntraced(function* (grown: Grown, objects: ReadonlyArray<PackableObject>) {
  const pack = yield* putPack(grown, objects)
  yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({ packs: [...packs, pack] }))
  return pack
})

export const blobObject = (text: string) => blobOf(textBlob(text).content) as PackableObject

/** The objects of a step as a pack takes them: its blobs, its snapshot, its commit. */
export const objectsOf = ({ blobs, commit, snapshot }: Step) => ({
  blobs: blobs.map(({ content }) => blobOf(content) as PackableObject),
  snapshot: snapshotObject(snapshot) as PackableObject,
  commit: Result.getOrThrow(commitObject(commit)) as PackableObject
})

/** Gives an object other bytes, with their hash. */
export const withBytes = (object: PackableObject, content: Uint8Array) =>
  ({ ...object, content, sha256: sha256(content) }) as PackableObject

/** Returns the text of an object in another form than the canonical one: with white space. */
export const spaced = ({ content, type }: PackableObject): Uint8Array => {
  const text = new TextDecoder().decode(content)
  const json = `${expected(text.split("\0")[1], "the payload")} `
  return new TextEncoder().encode(`${type} ${new TextEncoder().encode(json).byteLength}\0${json}`)
}

/** A blob with the bytes of another one. */
export const mislabeledBlob: PackableObject = {
  ...blobObject("one"),
  content: textBlob("other").content
} as PackableObject
