/** Each kind of damage of roots, names and packs is found and named, and nothing else is. */
import { describe, it } from "@effect/vitest"
import { Sha256 } from "@musehub/domain/object/Id"
import { sha256 } from "@musehub/domain/object/Digest"
import { nameDocument } from "@musehub/domain/repository/Names"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { alter } from "../support/losses.ts"
import { blobObject, type Fault, firstPack, packKey, putPack, testFaults } from "./planting.ts"
import { assertSound, bytesOf, grownHub, junk, moveRoot, rewrite } from "./verified.ts"

const faults: ReadonlyArray<Fault> = [
  {
    name: "a root that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "root", repository: repository.id })
      return { place: `repositories/${repository.id}/root` }
    }),
    finds: ["RootMissing"]
  },
  {
    name: "a root that is damaged",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* rewrite(hub, { kind: "root", repository: repository.id }, junk)
      return { place: `repositories/${repository.id}/root` }
    }),
    finds: ["RootDamaged"]
  },
  {
    name: "a name that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "hub", collection: "names", name: nameDocument(repository) })
      return { place: "hub/names/ada.songs" }
    }),
    finds: ["NameLost"]
  },
  {
    name: "a copy of a root that is gone",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "history", repository: repository.id, sequence: 2 })
      return { place: "history/0000000000000002" }
    }),
    finds: ["HistoryBroken"]
  },
  {
    name: "a copy of a root that breaks the chain",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      const other = yield* bytesOf(hub, { kind: "history", repository: repository.id, sequence: 1 })
      yield* rewrite(hub, { kind: "history", repository: repository.id, sequence: 2 }, other)
      return { place: "history/0000000000000002" }
    }),
    finds: ["HistoryBroken"],
    from: "default"
  },
  {
    name: "a pack that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* grown.hub.store.delete(packKey(grown, pack))
      return { place: pack.sha256 }
    }),
    finds: ["PackMissing"],
    follows: ["BlobMissing"]
  },
  {
    name: "a pack whose end is cut off",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* alter(grown.hub.store, packKey(grown, pack), (bytes) => bytes.subarray(0, -1))
      return { place: pack.sha256 }
    }),
    finds: ["PackDamaged"],
    follows: ["BlobMissing"]
  },
  {
    name: "a root that says another size of a pack",
    plant: Effect.fnUntraced(function* (grown) {
      yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({
        packs: packs.map((pack, place) => (place === 0 ? { ...pack, objects: pack.objects + 1 } : pack))
      }))
      return { place: "/root" }
    }),
    finds: ["PackMisstated"]
  },
  {
    name: "a pack that is named twice",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* firstPack(grown)
      yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({ packs: [...packs, pack] }))
      return { place: pack.sha256 }
    }),
    finds: ["PackNamedTwice"]
  },
  {
    name: "a catalog that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const catalog = Sha256.make(sha256("a catalog"))
      yield* moveRoot(grown.hub, grown.repository, () => ({ catalog }))
      return { place: `catalogs/${catalog}` }
    }),
    finds: ["CatalogDamaged"]
  },
  {
    name: "an old pack that no root names",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* putPack(grown, [blobObject("nobody has this")])
      yield* TestClock.adjust("15 days")
      return { place: pack.sha256 }
    }),
    finds: ["PackUnnamed"]
  }
]

describe("verify finds nothing", () => {
  it.effect("in a hub that is sound, at any level", () => Effect.flatMap(grownHub, ({ hub }) => assertSound(hub)))
})

describe("verify finds among roots, names and packs", () => {
  testFaults(faults)
})
