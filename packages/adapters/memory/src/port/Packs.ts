/** Remembers which packs have their objects in rows, and the blobs of packs that no root names yet. */
import type { PackIndex } from "@musehub/domain/port/index/PackIndex"
import type { StoredPack } from "@musehub/domain/port/Stored"
import { Effect } from "effect"
import type { RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

const relocate = ({ blobs, commits, snapshots }: RepositoryRows, pack: StoredPack) => {
  for (const object of pack.directory) {
    const storageUri = pack.uriOf(object)
    if (object.type === "blob") {
      const row = blobs.get(object.id)
      if (row !== undefined) blobs.set(object.id, { ...row, storageUri })
    } else {
      const state = object.type === "snapshot" ? snapshots.get(object.id) : commits.get(object.id)
      if (state !== undefined) state.row = { ...state.row, storageUri }
    }
  }
}

const stage = ({ packs, staged }: RepositoryRows, pack: StoredPack) => {
  if (packs.has(pack.ref.sha256)) return
  for (const object of pack.directory)
    if (object.type === "blob") staged.set(object.id, { ref: pack.ref, size: object.size })
}

export const make = (rows: Rows): PackIndex["Service"] => ({
  packs: (repository) =>
    Effect.sync(() => ({
      rootSequence: rows.roots.sequenceOf(rows.roots.get(repository)),
      packs: new Set(rows.of(repository).packs)
    })),
  relocate: (pack) => Effect.sync(() => relocate(rows.of(pack.repository), pack)),
  stage: (pack) => Effect.sync(() => stage(rows.addingTo(pack.repository), pack)),
  staged: (repository, blobs) =>
    Effect.sync(() => {
      const { staged } = rows.of(repository)
      return new Map(
        blobs.flatMap((id) => {
          const found = staged.get(id)
          return found === undefined ? [] : [[id, found.ref] as const]
        })
      )
    })
})
