/** Finds out which objects are recorded, and where. */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import type { CommitId } from "@musehub/domain/object/Id"
import type { Known, ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import type { UserName } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import { Effect } from "effect"
import { nodeOf, type RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

const mayRead = (reader: UserName | null, { repository, grants }: Root): boolean =>
  repository.visibility === "public" ||
  (reader !== null && (repository.owner === reader || grants.some(([user]) => user === reader)))

export const make = (rows: Rows): Pick<ObjectIndex["Service"], "holdersOf" | "known"> => ({
  known: (repository, ids) =>
    Effect.sync((): Known => {
      const of = rows.of(repository)
      const commits = new Map<CommitId, CommitNode>()
      for (const id of ids.commits) {
        const state = of.commits.get(id)
        if (state !== undefined) commits.set(id, nodeOf(of, state.entry))
      }
      return {
        blobs: new Set(ids.blobs.filter((id) => of.blobs.has(id))),
        snapshots: new Set(ids.snapshots.filter((id) => of.snapshots.has(id))),
        commits
      }
    }),
  holdersOf: (reader, ids) =>
    Effect.sync(() => {
      const readable = [...rows.roots.all.values()].filter(
        (root) => rows.roots.sequenceOf(root) >= 0 && mayRead(reader, root.value)
      )
      const holders = <K>(asked: ReadonlyArray<K>, rowsOf: (of: RepositoryRows) => ReadonlyMap<K, unknown>) =>
        new Map(
          asked.flatMap((id) => {
            const holder = readable.find(({ value }) => rowsOf(rows.of(value.repository.id)).has(id))
            return holder === undefined ? [] : [[id, holder.value.repository.id] as const]
          })
        )
      return {
        blobs: holders(ids.blobs, ({ blobs }) => blobs),
        snapshots: holders(ids.snapshots, ({ snapshots }) => snapshots),
        commits: holders(ids.commits, ({ commits }) => commits)
      }
    })
})
