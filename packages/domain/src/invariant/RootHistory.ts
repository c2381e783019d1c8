/**
 * The roots of a repository, newest first, read from the copies under `history/`. Each copy must have the hash that its
 * successor names, so the walk shows the true history or fails.
 */
import { Effect, Result, Stream } from "effect"
import { BoundedMap } from "../base/BoundedMap.ts"
import { sha256 } from "../object/Digest.ts"
import type { Sha256 } from "../object/Id.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import { type DocumentKey, documentPath } from "../port/StoreKey.ts"
import { rootCodec } from "../repository/codecs.ts"
import type { Root } from "../repository/Root.ts"

/** Copies read ahead of the consumer. */
const readAhead = 16

const keyOf = (root: Root, sequence: number): DocumentKey => ({
  kind: "history",
  repository: root.repository.id,
  sequence
})

const corrupt = (key: DocumentKey, reason: string) => new ObjectCorrupt({ key: documentPath(key), reason })

/** The bytes of copies that are kept decoded, which takes about four times as many. */
const decodedBytesMax = 4 * 1024 * 1024
/** Copies by the hash of their bytes: each approval of a proposal walks the same history again. */
const decodedCopies = new BoundedMap<Sha256, Root>()

/** Decodes a copy, unless the same bytes were decoded lately. */
const decoded = (bytes: Uint8Array, hash: Sha256): ReturnType<typeof rootCodec.decode> => {
  const known = decodedCopies.touch(hash)
  if (known !== undefined) return Result.succeed(known)
  return Result.map(rootCodec.decode(bytes), (root) => {
    decodedCopies.set(hash, root, bytes.byteLength)
    decodedCopies.trim({ weightMax: decodedBytesMax })
    return root
  })
}

const readCopy = Effect.fnUntraced(function* (key: DocumentKey) {
  const store = yield* ObjectStore
  const found = yield* store.documents.read(key)
  if (found._tag !== "Found") return yield* corrupt(key, "a root was replaced without leaving a copy")
  const { bytes } = found.document
  const hash = sha256(bytes)
  const root = yield* Effect.fromResult(Result.mapError(decoded(bytes, hash), (error) => corrupt(key, error.message)))
  return { key, root, hash, size: bytes.byteLength }
})

type Copy = Effect.Success<ReturnType<typeof readCopy>>

/** Checks one link of the chain: the copy must be the root that its successor replaced. */
const linked = (successor: Root, { key, root, hash }: Copy): Effect.Effect<Root, ObjectCorrupt> => {
  if (hash !== successor.previous) {
    return Effect.fail(corrupt(key, `they hash to ${hash}, and the next root names ${successor.previous} before it`))
  }
  return root.sequence === successor.sequence - 1
    ? Effect.succeed(root)
    : Effect.fail(corrupt(key, `they are those of root ${root.sequence}`))
}

/** Where a walk ends, at the latest. */
export interface WalkBounds {
  /** The most roots, the first one included. */
  readonly rootsMax?: number
  /** The copies that are read have this many bytes at most, apart from the last one. */
  readonly bytesMax?: number
}

/**
 * Streams the given root and its predecessors, newest first, within the bounds. Fails with `ObjectCorrupt` where a copy
 * is missing, damaged, or not the root that its successor replaced. Reads at most a few copies ahead of the consumer.
 */
export const rootsBackFrom = (
  root: Root,
  { bytesMax = Infinity, rootsMax = Infinity }: WalkBounds = {}
): Stream.Stream<Root, Effect.Error<ReturnType<typeof readCopy>>, ObjectStore> =>
  Stream.concat(
    Stream.succeed(root),
    Stream.range(1, Math.min(root.sequence, rootsMax - 1), readAhead).pipe(
      Stream.mapEffect((steps) => readCopy(keyOf(root, root.sequence - steps)), { concurrency: readAhead }),
      Stream.mapAccumEffect(
        () => ({ successor: root, read: 0 }),
        ({ successor, read }, copy) =>
          Effect.map(linked(successor, copy), (older) => {
            const state = { successor: older, read: read + copy.size }
            return [state, [state]] as const
          })
      ),
      Stream.takeUntil(({ read }) => read >= bytesMax),
      Stream.map(({ successor }) => successor)
    )
  )

/** A root, or the sequence number of one whose copy is damaged or gone. */
export interface Remaining {
  readonly sequence: number
  readonly root: Root | undefined
}

/**
 * Streams like `rootsBackFrom`, and goes on behind a copy that is damaged or gone, which it logs. The root behind it is
 * the one that its own copy says: what it must hash to is lost.
 */
export const remainingRootsFrom = (root: Root, { bytesMax = Infinity, rootsMax = Infinity }: WalkBounds = {}) =>
  Stream.concat(
    Stream.succeed<Remaining>({ sequence: root.sequence, root }),
    Stream.range(1, Math.min(root.sequence, rootsMax - 1), readAhead).pipe(
      Stream.mapEffect(
        (steps) =>
          Effect.map(
            Effect.catchTag(readCopy(keyOf(root, root.sequence - steps)), "ObjectCorrupt", (error) =>
              Effect.as(Effect.logError("the reflog lacks the lines of a root", error), undefined)
            ),
            (copy) => ({ sequence: root.sequence - steps, copy })
          ),
        { concurrency: readAhead }
      ),
      Stream.mapAccumEffect(
        (): { readonly successor: Root | undefined; readonly read: number } => ({ successor: root, read: 0 }),
        Effect.fnUntraced(function* ({ successor, read }, { copy, sequence }) {
          const older = copy === undefined ? undefined : yield* rootIn(copy, sequence, successor)
          const state = { successor: older, read: read + (copy === undefined ? 0 : copy.size) }
          return [state, [{ read: state.read, remaining: { sequence, root: older } satisfies Remaining }]] as const
        })
      ),
      Stream.takeUntil(({ read }) => read >= bytesMax),
      Stream.map(({ remaining }): Remaining => remaining)
    )
  )

/** Returns the root of a copy, if it is the one that its successor replaced, where that is known. */
const rootIn = (copy: Copy, sequence: number, successor: Root | undefined) => {
  const checked =
    successor === undefined
      ? copy.root.sequence === sequence
        ? Effect.succeed(copy.root)
        : Effect.fail(corrupt(copy.key, `they are those of root ${copy.root.sequence}`))
      : linked(successor, copy)
  return Effect.catchTag(checked, "ObjectCorrupt", (error) =>
    Effect.as(Effect.logError("the reflog lacks the lines of a root", error), undefined)
  )
}

/** Returns whether the root of this sequence number and hash came before. A copy that is damaged proves nothing. */
export const isPredecessor = Effect.fnUntraced(function* (root: Root, sequence: number, hash: Sha256) {
  if (sequence === root.sequence - 1) return root.previous === hash
  const copy = yield* Effect.result(readCopy(keyOf(root, sequence)))
  if (Result.isSuccess(copy)) return copy.success.hash === hash
  return copy.failure._tag === "ObjectCorrupt" ? false : yield* copy.failure
})

/**
 * Reads the root of a sequence number, from 0 to that of the given root. Does not check the chain: a walk down to this
 * root or on from it does.
 */
export const rootWithSequence = Effect.fnUntraced(function* (root: Root, sequence: number) {
  if (sequence === root.sequence) return root
  const copy = yield* readCopy(keyOf(root, sequence))
  if (copy.root.sequence === sequence) return copy.root
  return yield* corrupt(copy.key, `they are those of root ${copy.root.sequence}`)
})
