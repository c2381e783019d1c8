/**
 * The empty file, which the `muse` client drops on receipt, so that its clones lack it. No hub sends it, since the
 * protocol takes it as always present.
 */
import { emptyBlobId } from "@musehub/domain/object/Id"
import type { Snapshot } from "@musehub/domain/object/Snapshot"
import { Effect, Option } from "effect"
import { filesAtOnce } from "../layout/Files.ts"
import { objectFile, snapshotsFolder } from "../layout/names.ts"
import type { Repository } from "../layout/Repository.ts"

/** The snapshot of no files has the id of the empty file, and names no file. */
const emptySnapshotName = `${emptyBlobId}.json`

/**
 * Writes the object of the empty file if it is missing and a snapshot names it; says whether it did. While it is
 * missing, the snapshots are searched as text, which costs one read of each.
 */
export const mendEmptyFile = Effect.fnUntraced(function* (repository: Repository) {
  if (yield* repository.hasBlob(emptyBlobId)) return false
  const { files } = repository
  const names = (yield* files.names(snapshotsFolder)).filter((name) => name !== emptySnapshotName)
  let isNamed = false
  const search = Effect.fnUntraced(function* (name: string) {
    if (isNamed) return
    const text = yield* files.text(`${snapshotsFolder}/${name}`)
    if (Option.getOrElse(text, () => "").includes(emptyBlobId)) isNamed = true
  })
  yield* Effect.forEach(names, search, { concurrency: filesAtOnce, discard: true })
  if (isNamed) yield* files.replace(objectFile(emptyBlobId), new Uint8Array(0))
  return isNamed
})

/** Returns the snapshot without the empty files that the working tree lacks, so that a checkout writes them. */
export const withoutDropped = Effect.fnUntraced(function* ({ files }: Repository, snapshot: Snapshot) {
  const empty = [...snapshot.manifest].flatMap(([path, blob]) => (blob === emptyBlobId ? [path] : []))
  const dropped = yield* Effect.filter(
    empty,
    (path) => Effect.map(files.standing(path), (standing) => standing === "absent"),
    { concurrency: filesAtOnce }
  )
  const manifest = new Map(snapshot.manifest)
  for (const path of dropped) manifest.delete(path)
  return manifest
})
