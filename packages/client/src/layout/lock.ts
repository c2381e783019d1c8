/**
 * Locks a folder for one operation at a time. The lock is the folder of files that are still being written. It exists
 * while an operation runs and names its process, so a killed process leaves no lasting lock.
 */
import { Clock, Effect, Option, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { rename } from "node:fs/promises"
import { FolderBusy } from "../errors.ts"
import { attempt, codeOf, type Files, type FolderError } from "./Files.ts"
import { incomingFolder, museFolder } from "./names.ts"

/** Contains the process id. */
const ownerFile = `${incomingFolder}/owner`

/** Folders that this process has locked; the process id alone cannot tell its own lock from an old one. */
const held = new Set<string>()

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) !== "ESRCH"
  }
}

/** The most attempts to take a lock from a process that has ended. */
const triesMax = 3

/** Renames a folder to a name that is free or an empty folder; says whether it could. */
const moved = (files: Files, from: string, to: string): Effect.Effect<boolean, FolderError> =>
  attempt("lock", to, async () => {
    try {
      await rename(files.absolute(from), files.absolute(to))
      return true
    } catch (cause) {
      const code = codeOf(cause)
      if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOENT") return false
      throw cause
    }
  })

/** Returns the running process that holds the lock. */
const ownerOf = Effect.fnUntraced(function* (files: Files, file: string) {
  const pid = Number(Option.getOrElse(yield* files.text(file), () => ""))
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  const alive = pid === process.pid ? held.has(files.directory) : isAlive(pid)
  return alive ? pid : undefined
})

/** The age up to which a folder without an owner may be about to get one. */
const ownerlessMillisMax = 60_000

/** Removes the remains of locks whose processes ended before removing them. */
const sweep = Effect.fnUntraced(function* (files: Files) {
  const now = yield* Clock.currentTimeMillis
  for (const name of yield* files.names(museFolder)) {
    const folder = `${museFolder}/${name}`
    if (!folder.startsWith(`${incomingFolder}-`) || (yield* ownerOf(files, `${folder}/owner`)) !== undefined) continue
    const isOwned = (yield* files.standing(`${folder}/owner`)) === "file"
    const modified = Option.getOrElse(yield* files.modifiedMillis(folder), () => now)
    if (isOwned || now - modified > ownerlessMillisMax) yield* files.removeAll(folder)
  }
})

const acquire = Effect.fnUntraced(function* (files: Files) {
  yield* files.makeFolder(museFolder)
  for (let tries = 0; tries < triesMax; tries++) {
    // The lock appears with its owner's process id in it, so it is never seen without one.
    const candidate = `${incomingFolder}-${randomUUID()}`
    yield* files.makeFolder(candidate)
    yield* files.plain(`${candidate}/owner`, String(process.pid))
    if (yield* moved(files, candidate, incomingFolder)) {
      held.add(files.directory)
      yield* sweep(files)
      return
    }
    yield* files.removeAll(candidate)
    const pid = yield* ownerOf(files, ownerFile)
    if (pid !== undefined) return yield* new FolderBusy({ directory: files.directory, pid })
    const aside = `${incomingFolder}-${randomUUID()}`
    if (!(yield* moved(files, incomingFolder, aside))) continue
    // Another process may have taken the lock between the check and the rename.
    const taker = yield* ownerOf(files, `${aside}/owner`)
    if (taker !== undefined) {
      yield* moved(files, aside, incomingFolder)
      return yield* new FolderBusy({ directory: files.directory, pid: taker })
    }
    yield* files.removeAll(aside)
  }
  return yield* new FolderBusy({ directory: files.directory, pid: process.pid })
})

/** Holds the lock until the scope closes; creates `.muse` if it is missing. */
export const lock = (files: Files): Effect.Effect<void, FolderError | FolderBusy, Scope.Scope> =>
  Effect.acquireRelease(acquire(files), () =>
    Effect.sync(() => held.delete(files.directory)).pipe(
      Effect.andThen(files.removeAll(incomingFolder)),
      // The remains belong to a process that has ended, so the next operation removes them.
      Effect.ignore
    )
  )
