/** Each kind of damage of objects is found and named: their bytes, their form, and what they name. */
import { describe } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId } from "@musehub/domain/object/Id"
import { blobOf } from "@musehub/domain/object/Blob"
import { encodingDirectory } from "@musehub/domain/pack/PackDirectory"
import { encodingTail } from "@musehub/domain/pack/packTail"
import { atOnce } from "@musehub/domain/base/Slices"
import { concat } from "@musehub/domain/base/Bytes"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { step, textBlob } from "../support/hubSamples.ts"
import { alter, damageBlockOf } from "../support/losses.ts"
import { type Fault, mislabeledBlob, namePack, objectsOf, putBytes, spaced, testFaults, withBytes } from "./planting.ts"
import { type Grown, largeText, moveRoot } from "./verified.ts"

const largeKey = ({ repository }: Grown) =>
  ({ repository: repository.id, type: "blob", id: textBlob(largeText).id as BlobId }) as const

const faults: ReadonlyArray<Fault> = [
  {
    name: "a damaged block of commits",
    plant: Effect.fnUntraced(function* ({ first, hub, repository }) {
      const { id } = yield* damageBlockOf(hub.store, repository.id, { type: "commit", id: first.commit.id })
      return { place: id }
    }),
    finds: ["BlockDamaged"],
    from: "default"
  },
  {
    name: "a damaged block of blobs",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      const { id } = yield* damageBlockOf(hub.store, repository.id, { type: "blob", id: textBlob("one").id })
      return { place: id }
    }),
    finds: ["BlockDamaged"],
    from: "deep"
  },
  {
    name: "a block that does not decompress",
    plant: Effect.fnUntraced(function* (grown) {
      const content = new TextEncoder().encode("snapshot 0\0")
      const bytes = new TextEncoder().encode("this is no zstd")
      const object = { id: sha256("an id"), sha256: sha256(content), size: content.byteLength }
      const block = { type: "snapshot", length: bytes.byteLength, contentLength: content.byteLength } as const
      const directory = atOnce(encodingDirectory([{ ...block, sha256: sha256(bytes), objects: [object] }]))
      const pack = yield* putBytes(grown, concat([bytes, atOnce(encodingTail([block], directory))]), 1)
      yield* moveRoot(grown.hub, grown.repository, ({ packs }) => ({ packs: [...packs, pack] }))
      return { place: pack.sha256 }
    }),
    finds: ["BlockDamaged"],
    from: "default"
  },
  {
    name: "an object whose directory has another sha256",
    plant: Effect.fnUntraced(function* (grown) {
      const { blobs, commit, snapshot } = objectsOf(step("misstated", { a: "a" }))
      const pack = yield* namePack(grown, [...blobs, snapshot, { ...commit, sha256: sha256("other bytes") }])
      return { place: pack.sha256 }
    }),
    finds: ["ObjectMisstated"],
    from: "default"
  },
  {
    name: "a commit under the id of another one",
    plant: Effect.fnUntraced(function* (grown) {
      const [one, other] = [objectsOf(step("one", { a: "a" })), objectsOf(step("other", { a: "a" }))]
      const pack = yield* namePack(grown, [...one.blobs, one.snapshot, withBytes(one.commit, other.commit.content)])
      return { place: pack.sha256 }
    }),
    finds: ["ObjectMisnamed"],
    from: "default"
  },
  {
    name: "a snapshot whose bytes are none",
    plant: Effect.fnUntraced(function* (grown) {
      const { snapshot } = objectsOf(step("one", { a: "a" }))
      const pack = yield* namePack(grown, [withBytes(snapshot, new TextEncoder().encode("snapshot 2\0{}"))])
      return { place: pack.sha256 }
    }),
    finds: ["ObjectMisnamed"],
    from: "default"
  },
  {
    name: "a commit with white space in its JSON",
    plant: Effect.fnUntraced(function* (grown) {
      const { blobs, commit, snapshot } = objectsOf(step("spaced", { a: "a" }))
      const pack = yield* namePack(grown, [...blobs, snapshot, withBytes(commit, spaced(commit))])
      return { place: pack.sha256 }
    }),
    finds: ["ObjectNotCanonical"],
    from: "default"
  },
  {
    name: "a blob under the id of another one",
    plant: Effect.fnUntraced(function* (grown) {
      const pack = yield* namePack(grown, [mislabeledBlob])
      return { place: pack.sha256 }
    }),
    finds: ["ObjectMisstated"],
    from: "deep"
  },
  {
    name: "a commit without its parent",
    plant: Effect.fnUntraced(function* (grown) {
      const next = step("next", { a: "a" }, [step("nowhere", { a: "b" })])
      const { blobs, commit, snapshot } = objectsOf(next)
      yield* namePack(grown, [...blobs, snapshot, commit])
      return { place: `commit ${next.commit.id}` }
    }),
    finds: ["ParentMissing"],
    from: "default"
  },
  {
    name: "a commit without its snapshot",
    plant: Effect.fnUntraced(function* (grown) {
      const next = step("next", { a: "nowhere" })
      yield* namePack(grown, [objectsOf(next).commit])
      return { place: `commit ${next.commit.id}` }
    }),
    finds: ["SnapshotMissing"],
    from: "default"
  },
  {
    name: "a snapshot without a blob",
    plant: Effect.fnUntraced(function* (grown) {
      const next = step("next", { a: "nowhere", b: "one" })
      const { commit, snapshot } = objectsOf(next)
      yield* namePack(grown, [snapshot, commit])
      return { place: `snapshot ${next.commit.snapshotId}` }
    }),
    finds: ["BlobMissing"],
    from: "default"
  },
  {
    name: "a large blob that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      yield* grown.hub.store.delete(largeKey(grown))
      return { place: `blobs/${largeKey(grown).id}` }
    }),
    finds: ["LargeBlobMissing"],
    follows: ["BlobMissing"],
    from: "default"
  },
  {
    name: "a large blob with another byte",
    plant: Effect.fnUntraced(function* (grown) {
      yield* alter(grown.hub.store, largeKey(grown), (bytes) => bytes.map((byte, at) => (at === 7 ? byte ^ 1 : byte)))
      return { place: `blobs/${largeKey(grown).id}` }
    }),
    finds: ["LargeBlobDamaged"],
    from: "deep"
  },
  {
    name: "an old large blob that no snapshot has",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      const blob = blobOf(textBlob(`${largeText} nobody has this`).content)
      yield* hub.store.put(repository.id, blob)
      yield* TestClock.adjust("15 days")
      return { place: `blobs/${blob.id}` }
    }),
    finds: ["LargeBlobOrphaned"],
    from: "default"
  }
]

describe("verify finds among objects", () => {
  testFaults(faults)
})
