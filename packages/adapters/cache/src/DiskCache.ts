/**
 * Objects in a folder, so that a restart need not begin cold. The folder is never trusted and never needed: what is
 * damaged, missing or cannot be written is a miss, and the first fault of a run is logged as a warning. Files are not
 * synced, since a torn one is found out by its hashes. Several hubs may share a folder; each keeps to its limit for
 * what it knows of.
 *
 * Own code: neither effect's `KeyValueStore` on files nor npm's `cacache` keeps to a limit of bytes.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Clock, Effect, Schema, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { type FileHandle, mkdir, open as openFile, rename, rm } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { fileSize, pieceBytesMax, piecesOf, pieceSize, readPiece, writePiece } from "./DiskFormat.ts"
import { countHeld } from "./metrics.ts"
import { scan, temporaryFolder } from "./scan.ts"

export interface DiskOptions {
  /** The folder, relative to the working directory or absolute; made if it is not there. */
  readonly directory: string
  readonly bytesMax: number
}

/** The cache's folder could not be used, or a file in it is damaged. Never leaves this package. */
export class DiskFault extends Schema.TaggedError<DiskFault>()("DiskFault", {
  operation: Schema.String,
  name: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the cache on disk failed at ${this.operation} ${this.name}`
  }
}

/** An object that is being read. */
export interface DiskFile {
  readonly size: number
  readonly pieces: number
  /** One piece, fresh and checked. */
  readonly piece: (position: number) => Effect.Effect<Uint8Array, DiskFault>
}

/** An object that is being written, and nowhere to be seen until it is published. */
export interface DiskWriter {
  /** Takes the next bytes. After a fault it takes them and does nothing. */
  readonly append: (bytes: Uint8Array) => Effect.Effect<void>
  /** Makes the object visible if all its bytes came, and unless it was dropped meanwhile. */
  readonly publish: (isCurrent: () => boolean) => Effect.Effect<void>
}

export interface DiskCache {
  /** The whole object, if it is there and undamaged. */
  readonly read: (name: string) => Effect.Effect<Uint8Array | undefined>
  /** The object piece by piece, while the scope is open. */
  readonly open: (name: string) => Effect.Effect<DiskFile | undefined, never, Scope.Scope>
  /** Begins an object of so many bytes, if there may be one; closing the scope removes what was not published. */
  readonly begin: (name: string, size: number) => Effect.Effect<DiskWriter | undefined, never, Scope.Scope>
  /** Writes a whole object, if there may be one. */
  readonly write: (name: string, bytes: Uint8Array, isCurrent: () => boolean) => Effect.Effect<void>
  readonly drop: (name: string) => Effect.Effect<void>
  /** Drops an object whose file turned out to be no good, and says so to the operator. */
  readonly dropFaulty: (fault: DiskFault) => Effect.Effect<void>
}

/** Where an object lies below the folder; also its name in every other part of the cache. */
export const nameOf = ({ repository, type, id }: ObjectKey): string => `${repository}/${type}/${id.slice(0, 2)}/${id}`

/** One object may take this part of the limit. */
const objectShare = 1 / 8

/** Objects that are being written may take this part of the limit; others are then not written. */
const reservedShare = 1 / 2

/** The index costs about 250 bytes of memory for each. */
const entriesMax = 200_000

/** What a file takes on a usual disk is whole blocks. */
const blockBytes = 4096

/** How exactly the order of use outlives a restart. */
const touchMillis = 60 * 60 * 1000

const weightOf = (size: number): number => Math.ceil(fileSize(size) / blockBytes) * blockBytes

const isAbsent = ({ cause }: DiskFault): boolean =>
  typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ENOENT"

/**
 * Runs calls to the file system to their end: one that went on after its fiber is gone would meet a closed file.
 */
const attempt = <A>(operation: string, name: string, run: () => Promise<A>): Effect.Effect<A, DiskFault> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: (cause) => new DiskFault({ operation, name, cause }) }))

interface Entry {
  readonly size: number
  readonly usedAtMillis: number
}

/** Opens the cache in a folder, and takes over what an earlier run left there. */
export const makeDiskCache = Effect.fnUntraced(function* ({ bytesMax, directory }: DiskOptions) {
  const top = resolve(directory)
  const index = new BoundedMap<string, Entry>()
  const writing = new Set<string>()
  let reserved = 0
  let hasWarned = false

  const pathOf = (name: string) => join(top, name)

  /** The first fault is for the operator; after it, each read would say the same again. */
  const note = (fault: DiskFault) =>
    Effect.suspend(() => {
      if (hasWarned) return Effect.logDebug(fault.message, fault.cause)
      hasWarned = true
      return Effect.logWarning(`${fault.message}; objects are read from the store instead`, fault.cause)
    })

  const removeFile = (operation: string, name: string) =>
    Effect.catch(
      attempt(operation, name, () => rm(pathOf(name), { force: true })),
      note
    )

  const drop = (name: string) =>
    Effect.suspend(() => {
      index.delete(name)
      return Effect.andThen(countHeld("disk", 0, index.weight), removeFile("drop", name))
    })

  const dropFaulty = (fault: DiskFault) =>
    // Another hub over the same folder may have made room: that is no fault.
    Effect.andThen(isAbsent(fault) ? Effect.void : note(fault), drop(fault.name))

  const makeRoom = Effect.suspend(() => {
    const evicted = index.trim({ weightMax: bytesMax - reserved, sizeMax: entriesMax })
    return Effect.andThen(
      countHeld("disk", evicted.length, index.weight),
      Effect.forEach(evicted, (name) => removeFile("evict", name), { discard: true })
    )
  })

  /** Room for an object, given back when the scope closes unless the object has taken it. */
  const reserve = (name: string, size: number) => {
    let weight = weightOf(size)
    return Effect.acquireRelease(
      Effect.sync(() => {
        if (size === 0 || weight > bytesMax * objectShare || reserved + weight > bytesMax * reservedShare) return
        if (writing.has(name)) return
        writing.add(name)
        reserved += weight
        return {
          take: (entry: Entry) => {
            reserved -= weight
            index.set(name, entry, weight)
            weight = 0
          }
        }
      }),
      (reservation) =>
        Effect.sync(() => {
          if (reservation === undefined) return
          writing.delete(name)
          reserved -= weight
        })
    )
  }

  /** A file that is closed with the scope, if not before. */
  const handleOf = (name: string, file: string, flags: string) =>
    Effect.acquireRelease(
      attempt("open", name, () => openFile(pathOf(file), flags, 0o600)),
      (handle) =>
        Effect.catch(
          attempt("close", name, () => handle.close()),
          note
        )
    )

  const touch = Effect.fnUntraced(function* (name: string, { size, usedAtMillis }: Entry, handle: FileHandle) {
    const now = yield* Clock.currentTimeMillis
    if (now - usedAtMillis < touchMillis) return
    index.set(name, { size, usedAtMillis: now }, weightOf(size))
    yield* attempt("touch", name, () => handle.utimes(now / 1000, now / 1000))
  })

  const open: DiskCache["open"] = (name) =>
    Effect.gen(function* () {
      const entry = index.touch(name)
      if (entry === undefined) return undefined
      const { size } = entry
      const handle = yield* handleOf(name, name, "r")
      yield* Effect.catch(touch(name, entry, handle), note)
      return {
        size,
        pieces: piecesOf(size),
        piece: (position) =>
          attempt("read", name, async () => {
            const bytes = new Uint8Array(pieceSize(size, position))
            await readPiece(handle, name, size, position, bytes)
            return bytes
          })
      } satisfies DiskFile
    }).pipe(Effect.catch((fault) => Effect.as(dropFaulty(fault), undefined)))

  const read: DiskCache["read"] = (name) =>
    Effect.gen(function* () {
      const file = yield* open(name)
      if (file === undefined) return undefined
      if (file.pieces === 1) return yield* file.piece(0)
      const bytes = new Uint8Array(file.size)
      for (let position = 0; position < file.pieces; position += 1) {
        bytes.set(yield* file.piece(position), position * pieceBytesMax)
      }
      return bytes
    }).pipe(
      Effect.catch((fault) => Effect.as(dropFaulty(fault), undefined)),
      Effect.scoped
    )

  const begin: DiskCache["begin"] = (name, size) =>
    Effect.gen(function* () {
      const reservation = yield* reserve(name, size)
      if (reservation === undefined) return undefined
      yield* makeRoom
      const temporary = `${temporaryFolder}/${randomUUID()}`
      yield* Effect.addFinalizer(() => removeFile("discard", temporary))
      const handle = yield* handleOf(name, temporary, "wx")
      const piece = new Uint8Array(Math.min(size, pieceBytesMax))
      let position = 0
      let filled = 0
      let isBroken = false

      const broken = (fault: DiskFault) => {
        isBroken = true
        return note(fault)
      }

      const append = async (bytes: Uint8Array) => {
        for (let start = 0; start < bytes.byteLength;) {
          // More than was promised: whatever this is, it is not the object.
          if (position === piecesOf(size)) {
            isBroken = true
            return
          }
          const wanted = pieceSize(size, position)
          const part = bytes.subarray(start, start + wanted - filled)
          piece.set(part, filled)
          start += part.byteLength
          filled += part.byteLength
          if (filled < wanted) return
          await writePiece(handle, name, size, position, piece.subarray(0, wanted))
          position += 1
          filled = 0
        }
      }

      const publish = async (isCurrent: () => boolean, usedAtMillis: number) => {
        if (isBroken || position < piecesOf(size)) return
        await handle.close()
        await mkdir(dirname(pathOf(name)), { recursive: true })
        if (!isCurrent()) return
        await rename(pathOf(temporary), pathOf(name))
        // Whoever dropped it meanwhile may have looked for the file before it was there.
        if (isCurrent()) reservation.take({ size, usedAtMillis })
        else await rm(pathOf(name), { force: true })
      }

      return {
        append: (bytes) =>
          Effect.suspend(() =>
            isBroken
              ? Effect.void
              : Effect.catch(
                  attempt("write", name, () => append(bytes)),
                  broken
                )
          ),
        publish: (isCurrent) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            attempt("publish", name, () => publish(isCurrent, now)).pipe(Effect.catch(broken), Effect.andThen(makeRoom))
          )
      } satisfies DiskWriter
    }).pipe(Effect.catch((fault) => Effect.as(note(fault), undefined)))

  const write: DiskCache["write"] = (name, bytes, isCurrent) =>
    Effect.scoped(
      Effect.gen(function* () {
        const writer = yield* begin(name, bytes.byteLength)
        if (writer === undefined) return
        yield* writer.append(bytes)
        yield* writer.publish(isCurrent)
      })
    )

  const now = yield* Clock.currentTimeMillis
  const found = yield* attempt("open", directory, async () => {
    await mkdir(pathOf(temporaryFolder), { recursive: true, mode: 0o700 })
    return await scan(top, entriesMax, now)
  }).pipe(Effect.catch((fault) => Effect.as(note(fault), [])))
  for (const { name, size, usedAtMillis } of found) index.set(name, { size, usedAtMillis }, weightOf(size))
  yield* makeRoom

  const cache: DiskCache = { read, open, begin, write, drop, dropFaulty }
  return cache
})
