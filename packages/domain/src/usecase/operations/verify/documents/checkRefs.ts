/** Checks branches, tags and releases: the chunks that list them, and that each is of a commit that is there. */
import { Effect, Result } from "effect"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { readRecord, readRelease, readTag } from "../../../../invariant/RepositoryDocuments.ts"
import type { CommitId } from "../../../../object/Id.ts"
import type { ObjectCorrupt } from "../../../../object/Refused.ts"
import { ObjectStore, type StoreUnavailable } from "../../../../port/ObjectStore.ts"
import { documentPath } from "../../../../port/StoreKey.ts"
import type { RefList } from "../../../../repository/refs/RefList.ts"
import { type ChunkRef, isLeaf, type RefEntry, type RefNode } from "../../../../repository/refs/RefNode.ts"
import type { Root } from "../../../../repository/Root.ts"
import type { RecordKey } from "../ByHash.ts"
import type { Inspection } from "../Inspection.ts"
import type { ObjectTable } from "../packs/ObjectTable.ts"

/** Counts what is below a node, and says its least key. */
const summaryOf = <K extends string, V>(node: RefNode<K, V>) =>
  isLeaf(node)
    ? { count: node.entries.length, first: node.entries[0]?.[0] }
    : { count: node.chunks.reduce((sum, { count }) => sum + count, 0), first: node.chunks[0]?.first }

/** Walks a list and gives each of its entries to `take`. What a lost chunk lists is left out. */
const eachRef = Effect.fnUntraced(function* <K extends string, V, E, R>(
  inspection: Inspection,
  { repository: { id } }: Root,
  { kind, top }: RefList<K, V>,
  take: (entry: RefEntry<K, V>) => Effect.Effect<void, E, R>
) {
  const read = readRecord("refs", kind.codec)
  const walk = (node: RefNode<K, V>): Effect.Effect<void, E | StoreUnavailable, R | ObjectStore> =>
    isLeaf(node)
      ? Effect.forEach(node.entries, take, { discard: true })
      : Effect.forEach(node.chunks, walkChunk, { discard: true })
  const walkChunk = Effect.fnUntraced(function* (chunk: ChunkRef) {
    const key = { kind: "refs", repository: id, sha256: chunk.sha256 } as const
    const node = yield* Effect.result(read(id, chunk.sha256))
    if (Result.isFailure(node)) {
      if (!isLoss(node.failure)) return yield* node.failure
      return yield* inspection.reportLost("RefsDamaged", key, `lists ${kind.name}: ${node.failure.reason}`)
    }
    const { count, first } = summaryOf(node.success)
    if (count !== chunk.count || first !== chunk.first) {
      const said = `${chunk.count} ${kind.name} from ${JSON.stringify(chunk.first)} on`
      yield* inspection.report("RefsDamaged", documentPath(key), `lists ${count}, and what names it says ${said}`)
    }
    yield* walk(node.success)
  })
  yield* walk(top)
})

/** Reads a record that a list names; undefined if it is damaged or gone. */
const readRecordOf = Effect.fnUntraced(function* <A>(
  inspection: Inspection,
  key: RecordKey,
  read: Effect.Effect<A, ObjectCorrupt | StoreUnavailable, ObjectStore>
) {
  const record = yield* Effect.result(read)
  if (Result.isSuccess(record)) return record.success
  if (!isLoss(record.failure)) return yield* record.failure
  yield* inspection.reportLost("RecordDamaged", key, record.failure.reason)
  return undefined
})

/** Checks the refs of a root. The records of tags and releases are read from level `default` on. */
export const checkRefs = Effect.fnUntraced(function* (inspection: Inspection, root: Root, table: ObjectTable) {
  const { id } = root.repository
  const withRecords = inspection.level !== "quick"
  const of = (what: string) => `${what} of repository ${id}`
  const isHeld = (commit: CommitId): boolean => {
    const isThere = table.has("commit", commit)
    if (!isThere) inspection.lacksObject({ type: "commit", id: commit, sha256: undefined, pack: undefined })
    return isThere
  }
  yield* eachRef(inspection, root, root.heads, ([branch, head]) =>
    isHeld(head)
      ? Effect.void
      : inspection.report("BranchAstray", of(`branch ${branch}`), `is at commit ${head}, which is in no named pack`)
  )
  yield* eachRef(inspection, root, root.aliases, ([legacy, commit]) =>
    isHeld(commit)
      ? Effect.void
      : inspection.report("AliasAstray", of(`alias ${legacy}`), `is of commit ${commit}, which is in no named pack`)
  )
  yield* eachRef(
    inspection,
    root,
    root.tags,
    Effect.fnUntraced(function* ([tag, { commit, record: sha256 }]) {
      if (!isHeld(commit)) {
        yield* inspection.report("TagAstray", of(`tag ${tag}`), `is of commit ${commit}, which is in no named pack`)
      }
      if (!withRecords) return
      const key = { kind: "tag", repository: id, sha256 } as const
      const record = yield* readRecordOf(inspection, key, readTag(id, sha256))
      if (record !== undefined && record.commit_id !== commit) {
        yield* inspection.report("RecordDamaged", documentPath(key), `is of commit ${record.commit_id}, not ${commit}`)
      }
    })
  )
  yield* eachRef(
    inspection,
    root,
    root.releases,
    Effect.fnUntraced(function* ([release, { record: sha256 }]) {
      if (!withRecords) return
      const key = { kind: "release", repository: id, sha256 } as const
      const record = yield* readRecordOf(inspection, key, readRelease(id, sha256))
      if (record === undefined) return
      const lost = isHeld(record.commit_id)
        ? table.has("snapshot", record.snapshot_id)
          ? undefined
          : `snapshot ${record.snapshot_id}`
        : `commit ${record.commit_id}`
      if (lost === undefined) return
      yield* inspection.report("ReleaseAstray", of(`release ${release}`), `is of ${lost}, which is in no named pack`)
    })
  )
})
