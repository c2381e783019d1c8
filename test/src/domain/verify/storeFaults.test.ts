/** Each kind of damage of the store is found and named, and nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { Roots } from "@musehub/domain/invariant/Roots"
import { BlobId, Sha256 } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { PackWriter } from "@musehub/domain/pack/PackWriter"
import { nameDocument } from "@musehub/domain/repository/Names"
import type { PackRef } from "@musehub/domain/repository/PackRef"
import type { FindingTag } from "@musehub/domain/usecase/operations/verify/Finding"
import type { Level } from "@musehub/domain/usecase/operations/verify/Inspection"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { at, textBlob } from "../support/hubSamples.ts"
import { alter } from "../support/losses.ts"
import { assertSound, bytesOf, findingsOf, type Grown, grownHub, junk, levels, moveRoot, rewrite } from "./verified.ts"

/** A fault, the tags that verify finds then, and a part of the place of the first of them. */
interface Fault {
  readonly name: string
  readonly plant: (grown: Grown) => Effect.Effect<string, { readonly _tag: string }>
  readonly finds: ReadonlyArray<FindingTag>
  /** The lowest level that finds it. */
  readonly from?: Level
}

const rootOf = ({ hub, repository }: Grown) =>
  at(hub)(Effect.flatMap(Roots, (roots) => Effect.map(roots.read(repository.id), ({ value }) => value)))

const firstPack = (grown: Grown): Effect.Effect<PackRef, { readonly _tag: string }> =>
  Effect.map(rootOf(grown), ({ packs }) => elementAt(packs, 0))

const packKey = ({ repository }: Grown, { sha256: id }: PackRef) =>
  ({ repository: repository.id, type: "pack", id }) as const

/** Puts a pack with a blob that nothing else has. */
const putPack = Effect.fnUntraced(function* ({ hub, repository }: Grown, text: string) {
  const writer = new PackWriter()
  const { content, id } = textBlob(text)
  yield* writer.add({ type: "blob", id: BlobId.make(id), sha256: sha256(content), content })
  const { file } = Option.getOrThrow(yield* writer.finish())
  yield* hub.store.put(repository.id, file)
  return { sha256: file.id, size: file.size, objects: 1 } satisfies PackRef
})

const faults: ReadonlyArray<Fault> = [
  {
    name: "a root that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "root", repository: repository.id })
      return `repositories/${repository.id}/root`
    }),
    finds: ["RootMissing"]
  },
  {
    name: "a root that is damaged",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* rewrite(hub, { kind: "root", repository: repository.id }, junk)
      return `repositories/${repository.id}/root`
    }),
    finds: ["RootDamaged"]
  },
  {
    name: "a name that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "hub", collection: "names", name: nameDocument(repository) })
      return "hub/names/ada.songs"
    }),
    finds: ["NameLost"]
  },
  {
    name: "a copy of a root that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "history", repository: repository.id, sequence: 2 })
      return "history/0000000000000002"
    }),
    finds: ["HistoryBroken"]
  },
  {
    name: "a copy of a root that breaks the chain",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      const other = yield* bytesOf(hub, { kind: "history", repository: repository.id, sequence: 1 })
      yield* rewrite(hub, { kind: "history", repository: repository.id, sequence: 2 }, other)
      return "history/0000000000000002"
    }),
    finds: ["HistoryBroken"],
    from: "default"
  },
  {
    name: "a pack that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* grown.hub.store.delete(packKey(grown, pack))
      return pack.sha256
    }),
    finds: ["PackMissing"]
  },
  {
    name: "a pack whose end is cut off",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* alter(grown.hub.store, packKey(grown, pack), (bytes) => bytes.subarray(0, -1))
      return pack.sha256
    }),
    finds: ["PackDamaged"]
  },
  {
    name: "a root that says another size of a pack",
    plant: Effect.fnUntraced(function* (grown) {
      yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({
        packs: packs.map((pack, place) => (place === 0 ? { ...pack, objects: pack.objects + 1 } : pack))
      }))
      return "/root"
    }),
    finds: ["PackMisstated"]
  },
  {
    name: "a pack that is named twice",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({ packs: [...packs, pack] }))
      return pack.sha256
    }),
    finds: ["PackNamedTwice"]
  },
  {
    name: "a catalog that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const catalog = Sha256.make(sha256("a catalog"))
      yield* moveRoot(grown.hub, grown.repository, () => ({ catalog }))
      return `catalogs/${catalog}`
    }),
    finds: ["CatalogDamaged"]
  },
  {
    name: "an old pack that no root names",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* putPack(grown, "nobody has this")
      yield* TestClock.adjust("15 days")
      return pack.sha256
    }),
    finds: ["PackUnnamed"]
  }
]

describe("verify finds in the store", () => {
  it.effect("nothing, where there is nothing", () => Effect.flatMap(grownHub, ({ hub }) => assertSound(hub)))

  for (const { finds, from = "quick", name, plant } of faults) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const grown = yield* grownHub
        const place = yield* plant(grown)
        for (const level of levels.slice(levels.indexOf(from))) {
          const { faults: found, verified } = yield* findingsOf(grown.hub, level)
          assert.sameMembers([...new Set(found.map(({ _tag }) => _tag))], [...finds], level)
          assert.include(found[0]?.place, place, level)
          assert.strictEqual(verified.faults, found.length, level)
        }
      })
    )
  }
})
