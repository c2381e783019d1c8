/** Joins the remarks on commits, and returns them. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { joinRemarks, noRemarks, type Remarks, saysSomething } from "@musehub/domain/repository/Annotation"
import { Effect } from "effect"
import type { RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

export const joinInto = ({ remarks }: RepositoryRows, commit: CommitId, said: Remarks) => {
  if (saysSomething(said)) remarks.set(commit, joinRemarks(remarks.get(commit) ?? noRemarks, said))
}

export const make = (rows: Rows): Pick<CommitIndex["Service"], "recordAnnotation" | "remarks"> => ({
  recordAnnotation: ({ value }) => Effect.sync(() => joinInto(rows.addingTo(value.repository), value.commit, value)),
  remarks: (repository, commits) =>
    Effect.sync(() => {
      const recorded = rows.of(repository).remarks
      return new Map(
        commits.flatMap((id) => {
          const said = recorded.get(id)
          return said === undefined ? [] : [[id, said] as const]
        })
      )
    })
})
