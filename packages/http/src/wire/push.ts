/** `POST /{owner}/{slug}/push` (docs/wire.md, section 4): commits, snapshots and the branch to move. */
import { inSlices, type Slices } from "@musehub/domain/base/Slices"
import { commitRecord, type CommitRecord } from "@musehub/domain/object/Commit"
import type { JsonObject } from "@musehub/domain/object/Json"
import { ObjectRefused } from "@musehub/domain/object/Refused"
import { type Snapshot, SnapshotChecker } from "@musehub/domain/object/Snapshot"
import { push as pushUseCase } from "@musehub/domain/usecase/push/push"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { convertingToJson } from "@musehub/domain/wire/json"
import { pushBodyBytesMax } from "@musehub/domain/wire/Limits"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { readPush } from "@musehub/domain/wire/pushBundle"
import { Effect, Result } from "effect"
import { HttpServerRequest } from "effect/http"
import { bodyReader } from "../Body.ts"
import { knownCaller } from "../Caller.ts"
import { isMpack, answerMpackPush } from "./mpack.ts"
import { pushAnswer } from "./pushAnswer.ts"
import { openTarget } from "./openTarget.ts"

const textOr = (value: MsgpackValue | undefined, fallback: string): string =>
  typeof value === "string" ? value : fallback

/** Decodes a commit: its 22 fields, and any that a newer client adds. */
const decodingCommit = function* (fields: MsgpackMap): Slices<Result.Result<CommitRecord, ObjectRefused>> {
  const json = Result.mapError(
    yield* convertingToJson(fields),
    ({ reason }) => new ObjectRefused({ type: "commit", id: textOr(fields.get("commit_id"), "without id"), reason })
  )
  return Result.flatMap(json, (record) => commitRecord(record as JsonObject))
}

/** Commits that are decoded in one slice. */
const sliceCommits = 64

/** Decodes commits and adds them to those that came before, as far as none is refused. */
const decodingCommits = function* (
  records: ReadonlyArray<MsgpackMap>,
  commits: Array<CommitRecord>
): Slices<Result.Result<void, ObjectRefused>> {
  for (const fields of records) {
    const commit = yield* decodingCommit(fields)
    if (Result.isFailure(commit)) return Result.fail(commit.failure)
    if (commits.push(commit.success) % sliceCommits === 0) yield
  }
  return Result.void
}

const snapshotOf = Effect.fnUntraced(function* (fields: MsgpackMap, checker: SnapshotChecker) {
  const id = textOr(fields.get("snapshot_id"), "without id")
  const manifest = fields.get("manifest")
  const createdAt = fields.get("created_at") ?? null
  const refuse = (reason: string) => new ObjectRefused({ type: "snapshot", id, reason })
  if (!(manifest instanceof Map)) return yield* refuse("manifest must be a map from path to object id")
  if (createdAt !== null && typeof createdAt !== "string") return yield* refuse("created_at must be a string")
  return yield* Effect.fromResult(yield* inSlices(() => checker.checking({ id, manifest, createdAt })))
})

/**
 * `{bundle: {commits, snapshots, objects}, branch, force}`: 200 `{ok, message, branch_heads, remote_head}`; 400, 401,
 * 403, 404, 413, 422, 503; 409 only for a non-fast-forward or a lost race. As `application/vnd.muse.mpack`: a stream of
 * canonical bytes (docs/mpack.md); 415 for an unsupported version.
 */
export const push = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const caller = yield* knownCaller(request.headers, "push")
  const open = yield* openTarget(caller, "write")
  if (isMpack(request.headers)) return yield* answerMpackPush(request, open)
  const reader = yield* bodyReader(request, pushBodyBytesMax)
  const commits: Array<CommitRecord> = []
  const snapshots: Array<Snapshot> = []
  const checker = new SnapshotChecker()
  let wanted = { branch: "", force: false }
  // The `muse` client always sends an empty list of objects here; those of another client are handled like
  // `push/objects`.
  yield* uploadBlobs(open, (take) =>
    Effect.map(
      readPush(reader, {
        commits: (records) =>
          Effect.flatMap(
            inSlices(() => decodingCommits(records, commits)),
            Effect.fromResult
          ),
        snapshots: (records) =>
          Effect.forEach(records, (fields) =>
            Effect.map(snapshotOf(fields, checker), (snapshot) => snapshots.push(snapshot))
          ),
        objects: ({ objectId, size, content }) => take({ id: objectId, size, content })
      }),
      (read) => {
        wanted = read
      }
    )
  )
  const pushed = yield* pushUseCase(open, { ...wanted, commits, snapshots })
  return pushAnswer(request.headers, pushed)
})
