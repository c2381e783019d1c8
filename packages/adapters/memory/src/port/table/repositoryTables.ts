/** The rows that a repository has of each table, under the names that Postgres has for their columns. */
import type { ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import type { ComparedTableName } from "@musehub/domain/port/tables/comparedTables"
import type { Root } from "@musehub/domain/repository/Root"
import { type CommitState, recordedBytes, type RepositoryRows } from "../../rows/RepositoryRows.ts"
import type { Values } from "./tableRows.ts"

/** A table with rows of repositories; the others have rows of the hub. */
export type RepositoryTable = Exclude<ComparedTableName, "domains" | "hub" | "tokens" | "users">

/** The root that the rows of a repository reflect, and the sequence up to which they do. */
interface ReflectedRoot {
  readonly document: StoredDocument<Root>
  readonly sequence: number
}

const valuesOf = (row: ObjectRow): Values => ({
  id: row.id,
  size: row.size,
  storage_uri: row.storageUri,
  canonical_sha256: row.sha256
})

const commitValues = ({ entry: { generation, stored }, row }: CommitState): Values => ({
  ...valuesOf(row),
  branch: stored.value.record.branch,
  parents: stored.value.parents,
  generation,
  message: stored.value.record.message,
  author: stored.value.record.author,
  committed_at: stored.value.record.committed_at,
  snapshot_id: stored.value.snapshotId
})

const repositoryValues = ({ document, sequence }: ReflectedRoot): Values => {
  const { heads, offeredTo, repository } = document.value
  return {
    ...repository,
    default_branch: repository.defaultBranch,
    fork_of: repository.forkOf,
    created_at: repository.createdAt,
    root_sequence: sequence,
    root_sha256: document.sha256,
    offered_to: offeredTo,
    branches: heads.count
  }
}

/** The rows that a repository has of each other table. */
const tables: {
  readonly [T in RepositoryTable]: (of: RepositoryRows, root: ReflectedRoot | undefined) => ReadonlyArray<Values>
} = {
  repositories: (_of, root) => (root === undefined ? [] : [repositoryValues(root)]),
  grants: (_of, root) => (root === undefined ? [] : root.document.value.grants.map(([user, role]) => ({ user, role }))),
  packs: ({ packs }) => Array.from(packs, (sha256) => ({ sha256 })),
  blobs: ({ blobs }) => Array.from(blobs.values(), valuesOf),
  snapshots: ({ snapshots }) => Array.from(snapshots.values(), ({ row }) => valuesOf(row)),
  commits: ({ commits }) => Array.from(commits.values(), commitValues),
  introductions: ({ introducers }) =>
    [...introducers].flatMap(([blob, commits]) => Array.from(commits, (commit) => ({ blob, commit }))),
  remarks: (of) =>
    Array.from(of.remarks, ([commit, said]) => ({
      commit,
      reviewed_by: said.reviewedBy,
      test_runs: said.testRuns
    })),
  proposals: (of) =>
    Array.from(of.proposals.values(), ({ createdAt, from, to, updatedAt, ...proposal }) => ({
      ...proposal,
      from_branch: from,
      to_branch: to,
      created_at: createdAt,
      updated_at: updatedAt
    })),
  stored_bytes: (of) => {
    const bytes = recordedBytes(of)
    return bytes === 0 ? [] : [{ bytes }]
  }
}

/** Returns the rows of a table, in any order. */
export const repositoryRows = (
  table: RepositoryTable,
  of: RepositoryRows,
  root: ReflectedRoot | undefined
): ReadonlyArray<Values> => tables[table](of, root)
