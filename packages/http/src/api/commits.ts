/** Handlers of commits. */
import { sha256 } from "@musehub/domain/object/Digest"
import type { Commit } from "@musehub/domain/object/Commit"
import type { JsonValue } from "@musehub/domain/object/Json"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { listCommits, showCommit } from "@musehub/domain/usecase/commits/readCommits"
import { visibleCommit } from "@musehub/domain/usecase/graph/resolveRevision"
import { encodeAnswer } from "@musehub/domain/wire/json"
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import { cached, revalidated } from "../cached.ts"
import { commitBody } from "./commitBody.ts"
import { type CommitRow, CommittedFiles, NewRemarks } from "./contract/commits.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

const row = ({ id, parents, record, snapshotId }: Commit): CommitRow => ({
  commitId: id,
  repoId: record.repo_id,
  branch: record.branch,
  snapshotId,
  message: record.message,
  committedAt: record.committed_at,
  parents,
  author: record.author,
  metadata: record.metadata,
  semVerBump: record.sem_ver_bump,
  breakingChanges: record.breaking_changes,
  agentId: record.agent_id,
  modelId: record.model_id,
  toolchainId: record.toolchain_id,
  promptHash: record.prompt_hash,
  signature: record.signature,
  signerKeyId: record.signer_key_id,
  reviewedBy: record.reviewed_by,
  testRuns: record.test_runs
})

/** Returns the whole commit as JSON text. A delta may contain 64-bit integers, which only this encoder keeps. */
const whole = (commit: Commit): string =>
  // A record contains only JSON.
  encodeAnswer({ ...row(commit), structuredDelta: commit.record.structured_delta as JsonValue })

export const commits = HttpApiBuilder.group(Api, "commits", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query: { ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          return yield* paged(yield* listCommits(open, { from: ref }, yield* pageRequest(page)), row)
        })
      )
    )
    .handleRaw(
      "create",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { content, wanted } = yield* commitBody
          return yield* idempotent({
            by: open,
            content,
            schema: CommittedFiles,
            status: 201,
            work: commitFiles(open, wanted)
          })
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const body = whole(yield* showCommit(open, params.id))
          return yield* cached(
            { etag: `W/"${sha256(body)}"`, control: revalidated(open) },
            Effect.succeed(HttpServerResponse.text(body, { contentType: "application/json" }))
          )
        })
      )
    )
    .handle(
      "remarks",
      answering(({ params }) =>
        Effect.gen(function* () {
          const { record } = yield* showCommit(yield* opened(params, "read"), params.id)
          return { reviewedBy: record.reviewed_by, testRuns: record.test_runs }
        })
      )
    )
    .handleRaw(
      "annotate",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { value } = yield* jsonBody(NewRemarks)
          const { id } = yield* visibleCommit(open, params.id)
          return yield* annotate(open, id, { reviewedBy: value.reviewedBy ?? [], testRuns: value.testRuns ?? 0 })
        })
      )
    )
)
