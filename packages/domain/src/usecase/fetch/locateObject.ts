/** Finds out where objects are stored, and reads one, from the store alone. */
import { Effect, Option, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { type ObjectReadError, streamBlob } from "../../invariant/ObjectReader.ts"
import { type ObjectName, type PackedPlace, Packs } from "../../invariant/packs/Packs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { placeOf, servedBytes } from "../../invariant/servedObjects.ts"
import { type ObjectType, Sha256 } from "../../object/Id.ts"
import { type PackBlock, storedOffset } from "../../pack/PackedObject.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import { immutablePath, type ObjectKey } from "../../port/StoreKey.ts"
import { fullNameText } from "../../repository/Names.ts"
import { hasName } from "../../repository/Root.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import { claimedRoot, fullName } from "../access/claimedRoot.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { RepositoryMoved, type RepositoryUnknown } from "../access/policy.ts"
import { ObjectUnknown } from "./readObject.ts"

/** A block of a pack, and where the stored bytes of an object begin in its content. */
export interface PlaceInBlock extends Pick<PackBlock, "start" | "length" | "sha256" | "contentLength"> {
  /** Position of the block in the pack, counted from 0. */
  readonly number: number
  readonly offset: number
}

export interface LocatedObject {
  readonly key: ObjectKey
  /** Count of the stored bytes. */
  readonly size: number
  /** SHA-256 of the stored bytes. */
  readonly sha256: Sha256
  /** The key in the store: of the pack, or the object's own. */
  readonly path: string
  /** Null if the object has a key of its own. */
  readonly block: PlaceInBlock | null
}

export type LocateObjectError = RepositoryUnknown | RepositoryMoved | RootMissing | ObjectUnknown | ObjectReadError

const inPack = (key: ObjectKey, { object, pack }: PackedPlace): LocatedObject => {
  const { contentLength, length, sha256, start } = elementAt(pack.directory.blocks, object.block)
  return {
    key,
    size: object.size,
    sha256: object.sha256,
    path: immutablePath({ repository: key.repository, type: "pack", id: pack.ref.sha256 }),
    block: { number: object.block, start, length, sha256, contentLength, offset: storedOffset(object) }
  }
}

/** Looks for a blob under a key of its own. No other object has one. */
const looseBlob = Effect.fnUntraced(function* (key: ObjectKey) {
  const unknown = new ObjectUnknown({ type: key.type, missing: [key.id], total: 1 })
  if (key.type !== "blob") return yield* unknown
  const store = yield* ObjectStore
  const { size } = yield* Effect.catchTag(store.head(key), "ObjectMissing", () => unknown)
  const alone: LocatedObject = { key, size, sha256: Sha256.make(key.id), path: immutablePath(key), block: null }
  return alone
})

/**
 * Looks for an object in the packs that the root names, and then under a key of its own. It is for operators: no role
 * is asked.
 */
export const locateObject = Effect.fn("locateObject")(function* (
  ownerText: string,
  slugText: string,
  { id, type }: { readonly type: ObjectType; readonly id: string }
): Effect.fn.Return<LocatedObject, LocateObjectError, ObjectStore | Packs | Roots> {
  const asked = yield* fullName(ownerText, slugText)
  const { value: root } = yield* claimedRoot(asked)
  const { repository } = root
  if (!hasName(root, asked)) {
    return yield* new RepositoryMoved({ from: fullNameText(asked), to: fullNameText(repository) })
  }
  const key = { repository: repository.id, type, id } as ObjectKey
  const place = yield* placeOf(key)
  return Option.isSome(place) ? inPack(key, place.value) : yield* looseBlob(key)
})

/** Looks for objects of a repository likewise, in the order of `names`; undefined for one that is not found. */
export const locateObjects = Effect.fn("locateObjects")(function* (
  { id: repository }: OpenRepository,
  names: ReadonlyArray<ObjectName>
): Effect.fn.Return<ReadonlyArray<LocatedObject | undefined>, ObjectReadError, ObjectStore | Packs> {
  const packs = yield* Packs
  const places = yield* packs.find(repository, names)
  return yield* Effect.forEach(
    names,
    (name, position) => {
      const [key, place] = [{ repository, ...name } as ObjectKey, places[position]]
      return place === undefined
        ? Effect.catchTag(looseBlob(key), "ObjectUnknown", () => Effect.succeed(undefined))
        : Effect.succeed(inPack(key, place))
    },
    { concurrency: storeConcurrency }
  )
})

/** Streams the stored bytes of an object. The stream fails before the last of them if they are damaged. */
export const contentOf = ({ key }: LocatedObject) =>
  key.type === "blob" ? streamBlob(key.repository, key.id) : Stream.fromEffect(servedBytes(key))
