/**
 * `POST /api/v1/repos/{id}/push` and `…/pull`: the JSON interface of older agents (docs/wire.md, section 8). Bodies are
 * whole and bounded, with bytes in base64. Large histories need the wire protocol.
 */
import type { Commit } from "@musehub/domain/object/Commit"
import type { Snapshot } from "@musehub/domain/object/Snapshot"
import type { Access, Principal } from "@musehub/domain/usecase/access/policy"
import type { NonFastForward } from "@musehub/domain/repository/rule/branchRules"
import { openRepositoryById } from "@musehub/domain/usecase/access/openRepository"
import { syncPull } from "@musehub/domain/usecase/sync/syncPull"
import { syncPush } from "@musehub/domain/usecase/sync/syncPush"
import { jsonReader } from "@musehub/domain/wire/json"
import { syncBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readSyncPull, readSyncPush } from "@musehub/domain/wire/sync"
import { Effect } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { wholeBody } from "../Body.ts"
import { callerOf, knownCaller } from "../Caller.ts"
import { Cursors } from "../cursor/Cursors.ts"
import { answer, contentTypeOf } from "../Encoding.ts"
import { problemAnswer } from "../problem/answer.ts"
import { problemOf } from "../problem/Problem.ts"

const openById = Effect.fnUntraced(function* <A extends Access>(caller: Principal | null, access: A) {
  const { repoId = "" } = yield* HttpRouter.params
  return yield* openRepositoryById(repoId, caller, access)
})

/** Returns a reader of the body, which is JSON whatever its Content-Type says. */
const body = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
  Effect.flatMap(wholeBody(request, syncBodyBytesMax), (bytes) => jsonReader(bytes))
)

/**
 * Returns the answer to a non-fast-forward. Agents of this interface read `detail.error`; the other members are those
 * of every problem.
 */
const nonFastForward = (failure: NonFastForward) => {
  const problem = problemOf(failure)
  const detail = { error: "non_fast_forward", message: failure.message }
  return problemAnswer({ ...problem, body: { ...problem.body, detail } }, contentTypeOf.json)
}

/**
 * `{branch, headCommitId, commits, snapshots, objects, force?, expect?}`: 200 `{ok: true, remoteHead}`; 400, 401, 403,
 * 404, 413, 422, 503; 409 with `detail.error` `non_fast_forward`, or a lost lease or race.
 */
export const syncPushRoute = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openById(yield* knownCaller(headers, "push"), "write")
  const { head } = yield* syncPush(open, yield* readSyncPush(yield* body))
  return answer("json", { ok: true, remoteHead: head })
}).pipe(Effect.catchTag("NonFastForward", (failure) => Effect.succeed(nonFastForward(failure))))

/** Returns the id of an object as agents of this interface write it. */
const objectIdOf = (id: string): string => `sha256:${id}`

const commitOf = ({ id, record, snapshotId }: Commit) => {
  const recorded = [record.parent_commit_id, record.parent2_commit_id].filter((parent) => parent !== null)
  const hashed = (record.hashed_parent_ids ?? []).filter((parent) => !recorded.includes(parent))
  return {
    commitId: id,
    branch: record.branch,
    parentIds: [...recorded, ...hashed],
    message: record.message,
    author: record.author,
    timestamp: record.committed_at,
    snapshotId
  }
}

const snapshotOf = ({ createdAt, id, manifest }: Snapshot) => ({
  snapshotId: id,
  manifest: new Map(Array.from(manifest, ([path, blob]) => [path, objectIdOf(blob)])),
  createdAt
})

/**
 * `{branch, haveCommits?, haveObjects?, cursor?, limit?}`: 200 `{commits, snapshots, objects, remoteHead, hasMore,
 * nextCursor}`; 400, 401, 404, 413, 503. The client sends `nextCursor` back as `cursor` with the same request until
 * `hasMore` is false. 413 if a single object is too large for this interface; it can be fetched by the wire protocol
 * and skipped with `haveObjects`.
 */
export const syncPullRoute = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openById(yield* callerOf(headers), "read")
  const cursors = yield* Cursors
  const { cursor, ...pull } = yield* readSyncPull(yield* body)
  const page = yield* syncPull(open, {
    ...pull,
    cursor: cursor === undefined ? undefined : yield* cursors.open(cursor)
  })
  return answer("json", {
    commits: page.commits.map(commitOf),
    snapshots: page.snapshots.map(snapshotOf),
    objects: page.objects.map(({ content, id, path }) => ({ objectId: objectIdOf(id), path, contentB64: content })),
    remoteHead: page.remoteHead,
    hasMore: page.next !== null,
    nextCursor: page.next === null ? null : yield* cursors.seal(page.next)
  })
})
