/**
 * Documents that change by compare-and-set. The new bytes are written and synced first; only the comparison and the
 * rename happen under the store's lock, which all processes on this folder share.
 */
import { sha256 } from "@musehub/domain/object/Digest"
import {
  DocumentConflict,
  type DocumentRead,
  type DocumentVersion,
  type Expected,
  type Documents,
  type StoreUnavailable
} from "@musehub/domain/port/ObjectStore"
import { type DocumentKey, documentPath } from "@musehub/domain/port/StoreKey"
import { Effect } from "effect"
import { readFileSync, renameSync, statSync, unlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { attempt } from "./fault.ts"
import { type OpenStore, plain } from "./Objects.ts"
import { codeOf, readFile, unlink } from "./system.ts"
import { writeTemporary } from "./Workbench.ts"

/**
 * Returns the hash of the content as the version: the same bytes are the same state. Only for roots would returning to
 * an earlier state matter, and they never repeat: each carries a nonce and the hash of its predecessor.
 */
const versionOf = (bytes: Uint8Array): DocumentVersion => sha256(bytes) as string as DocumentVersion

export const makeDocuments = (store: OpenStore): Omit<Documents, "list"> => {
  const { folders, permits, top, writing } = store

  const read = (key: DocumentKey, known?: DocumentVersion): Effect.Effect<DocumentRead, StoreUnavailable> => {
    const path = documentPath(key)
    return permits.withPermit(
      attempt("read", path, async (): Promise<DocumentRead> => {
        try {
          const bytes = plain(await readFile(join(top, path)))
          const version = versionOf(bytes)
          return version === known ? { _tag: "Unchanged" } : { _tag: "Found", document: { bytes, version } }
        } catch (cause) {
          if (codeOf(cause) === "ENOENT") return { _tag: "Absent" }
          throw cause
        }
      })
    )
  }

  const write = (
    key: DocumentKey,
    bytes: Uint8Array,
    expected: Expected
  ): Effect.Effect<DocumentVersion, DocumentConflict | StoreUnavailable> => {
    const path = documentPath(key)
    const file = join(top, path)
    const written = attempt("write", path, async () => {
      const temporary = await writing.create((fresh) => writeTemporary(fresh, bytes))
      let written = false
      try {
        written = await folders.within(dirname(file), () =>
          writing.locked(() => {
            if (!isInState(file, expected)) return false
            renameSync(temporary, file)
            return true
          })
        )
      } finally {
        if (!written) await unlink(temporary)
      }
      if (written) await folders.sync(dirname(file))
      return written
    })
    return permits
      .withPermit(written)
      .pipe(
        Effect.flatMap((written) =>
          written ? Effect.succeed(versionOf(bytes)) : Effect.fail(new DocumentConflict({ key: path }))
        )
      )
  }

  /** Deletes under the lock. Otherwise a deletion between a writer's comparison and its rename would be lost. */
  const remove = (key: DocumentKey) => {
    const path = documentPath(key)
    const file = join(top, path)
    return permits.withPermit(
      attempt("delete", path, async () => {
        if (await writing.locked(() => unlinkIfThere(file))) await folders.sync(dirname(file))
      })
    )
  }

  return {
    read: Effect.fn("FilesystemObjectStore.documents.read")(read),
    write: Effect.fn("FilesystemObjectStore.documents.write")(write),
    delete: Effect.fn("FilesystemObjectStore.documents.delete")(remove)
  }
}

const isInState = (file: string, expected: Expected): boolean => {
  if (expected._tag === "Any") return true
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined
  if (expected._tag === "Absent") return !isThere
  return isThere && versionOf(readFileSync(file)) === expected.version
}

const unlinkIfThere = (file: string): boolean => {
  try {
    unlinkSync(file)
    return true
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return false
    throw cause
  }
}
