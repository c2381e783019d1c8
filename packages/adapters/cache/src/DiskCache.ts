/**
 * Objects cached in a folder, so that a restart does not begin cold. A damaged, missing or unwritable file counts as a
 * miss, and the first fault of a run is logged as a warning. Files are not synced, since their hashes reveal a torn
 * one. Several hubs may share a folder; each applies its limit to the files that it knows of.
 *
 * Own code: neither effect's `KeyValueStore` on files nor npm's `cacache` has a limit in bytes.
 */
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { Clock, Effect, Schema, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { type FileHandle, mkdir, open as openFile, rename, rm } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { fileSize, pieceBytesMax, piecesOf, pieceSize, readPiece, writePiece } from "./DiskFormat.ts"
import { countHeld } from "./metrics.ts"
import { scan, temporaryFolder } from "./scan.ts"

export interface DiskOptions {
  /** The folder, absolute or relative to the working directory; created if missing. */
  readonly directory: string
  readonly bytesMax: number
}

/** The cache's folder cannot be used, or a file in it is damaged. Never leaves this package. */
export class DiskFault extends Schema.TaggedError<DiskFault>()("DiskFault", {
  operation: Schema.String,
  name: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the cache on disk failed at ${this.operation} ${this.name}`
  }
}

/** An object open for reading. */
export interface DiskFile {
  readonly size: number
  readonly pieces: number
  /** Reads one piece into a new array and checks its hash. */
  readonly piece: (position: number) => Effect.Effect<Uint8Array, DiskFault>
}

/** An object open for writing; it is invisible until it is published. */
export interface DiskWriter {
  /** Writes the next bytes. After a fault it does nothing. */
  readonly append: (bytes: Uint8Array) => Effect.Effect<void>
  /** Makes the object visible if it is complete and was not dropped meanwhile. */
  readonly publish: (isCurrent: () => boolean) => Effect.Effect<void>
}

export interface DiskCache {
  /** Reads the whole object, if it is cached and undamaged. */
  readonly read: (name: string) => Effect.Effect<Uint8Array | undefined>
  /** Opens the object for reading piece by piece while the scope is open. */
  readonly open: (name: string) => Effect.Effect<DiskFile | undefined, never, Scope.Scope>
  /**
   * Begins an object of `size` bytes, if there is room for it. Closing the scope removes it unless it was published.
   */
  readonly begin: (name: string, size: number) => Effect.Effect<DiskWriter | undefined, never, Scope.Scope>
  /** Writes a whole object, if there is room for it. */
  readonly write: (name: string, bytes: Uint8Array, isCurrent: () => boolean) => Effect.Effect<void>
  readonly drop: (name: string) => Effect.Effect<void>
  /** Drops an object whose file is missing or damaged, and logs a warning about the damage. */
  readonly dropFaulty: (fault: DiskFault) => Effect.Effect<void>
}

/** The part of the limit that one object may take. */
const objectShare = 1 / 8

/** The part of the limit that unfinished writes may take together; beyond it nothing is written. */
const reservedShare = 1 / 2

/** The most objects; the index takes about 250 bytes of memory for each. */
const entriesMax = 200_000

/** The block size of a usual file system: a file takes whole blocks. */
const blockBytes = 4096

/** How precisely the order of use survives a restart. */
const touchMillis = 60 * 60 * 1000

const weightOf = (size: number): number => Math.ceil(fileSize(size) / blockBytes) * blockBytes

const isAbsent = ({ cause }: DiskFault): boolean =>
  typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ENOENT"

/** Runs calls to the file system to their end: a call that outlived its fiber would use a closed file. */
const attempt = <A>(operation: string, name: string, run: () => Promise<A>): Effect.Effect<A, DiskFault> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: (cause) => new DiskFault({ operation, name, cause }) }))

interface Entry {
  readonly size: number
  readonly usedAtMillis: number
}

/** Opens the cache in a folder with the objects that an earlier run left there. */
export const makeDiskCache = Effect.fnUntraced(function* ({ bytesMax, directory }: DiskOptions) {
  const top = resolve(directory)
  const index = new BoundedMap<string, Entry>()
  const writing = new Set<string>()
  let reserved = 0
  let hasWarned = false

  const pathOf = (name: string) => join(top, name)

  /** Warns of the first fault; later ones, which would say the same, are logged at debug level. */
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
    // A missing file is no fault: another hub on the same folder may have evicted it.
    Effect.andThen(isAbsent(fault) ? Effect.void : note(fault), drop(fault.name))

  const makeRoom = Effect.suspend(() => {
    const evicted = index.trim({ weightMax: bytesMax - reserved, sizeMax: entriesMax })
    return Effect.andThen(
      countHeld("disk", evicted.length, index.weight),
      Effect.forEach(evicted, (name) => removeFile("evict", name), { discard: true })
    )
  })

  /** Reserves room for an object; closing the scope frees it unless the object has taken it. */
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

  /** Opens a file; the scope closes it, if the caller has not. */
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
          // More bytes than announced: this is not the object.
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
        // A drop in between may have looked for the file before it was there.
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
