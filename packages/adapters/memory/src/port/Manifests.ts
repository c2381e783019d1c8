/** Keeps manifests, and returns the kept ones. */
import { byText } from "@musehub/domain/base/text/byText"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { assertSameRepository } from "@musehub/domain/port/index/assertSameRepository"
import { keptManifestEntriesMax, keptManifestsMax, type ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import type { Stored } from "@musehub/domain/port/Stored"
import { Effect } from "effect"
import type { RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

/** Evicts all manifests except a bounded number of those that were kept last. */
export const evictManifests = ({ snapshots }: RepositoryRows) => {
  const kept = [...snapshots]
    .filter(([, { manifest }]) => manifest !== undefined)
    .toSorted(([a, { kept: keptA }], [b, { kept: keptB }]) => keptB - keptA || byText(a, b))
  let entries = 0
  for (const [place, [, snapshot]] of kept.entries()) {
    entries += snapshot.manifest?.size ?? 0
    const isOver = place >= keptManifestsMax || entries > keptManifestEntriesMax
    if (place > 0 && isOver) snapshot.manifest = undefined
  }
}

const keepManifests = (rows: Rows, repository: RepositoryId, evidence: ReadonlyArray<Stored<"snapshot">>) => {
  assertSameRepository(repository, evidence)
  const of = rows.of(repository)
  const kept = rows.nextBatch()
  for (const { id, value } of evidence) {
    const snapshot = of.snapshots.get(id)
    if (snapshot === undefined) continue
    snapshot.manifest = value.manifest
    snapshot.kept = kept
  }
  evictManifests(of)
}

export const make = (rows: Rows): Pick<ObjectIndex["Service"], "keepManifests" | "manifests"> => ({
  manifests: (repository, snapshots) =>
    Effect.sync(() => {
      const of = rows.of(repository)
      return new Map(
        snapshots.flatMap((id) => {
          const manifest = of.snapshots.get(id)?.manifest
          return manifest === undefined ? [] : [[id, manifest] as const]
        })
      )
    }),
  keepManifests: (repository, snapshots) => Effect.sync(() => keepManifests(rows, repository, snapshots))
})
