/** Handlers of releases. */
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import type { Release } from "@musehub/domain/repository/Tag"
import { seenOf } from "@musehub/domain/repository/rule/SeenFields"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { completeRelease } from "@musehub/domain/usecase/tags/completeRelease"
import { pageOfReleases, showRelease } from "@musehub/domain/usecase/tags/listReleases"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import { CreatedRelease, NewRelease, type ReleaseView } from "./contract/releases.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

/** The maximum size of a release's body, in bytes: notes and a change log. */
const releaseBytesMax = 2 * 1024 * 1024

const view = (release: Release): ReleaseView => ({
  releaseId: release.release_id,
  tag: release.tag,
  semver: release.semver,
  channel: release.channel,
  commitId: release.commit_id,
  snapshotId: release.snapshot_id,
  title: release.title,
  body: release.body,
  changelog: release.changelog.map((change) => ({
    commitId: change.commit_id,
    message: change.message,
    semVerBump: change.sem_ver_bump,
    breakingChanges: change.breaking_changes,
    author: change.author,
    committedAt: change.committed_at,
    agentId: change.agent_id,
    modelId: change.model_id
  })),
  agentId: release.agent_id,
  modelId: release.model_id,
  isDraft: release.is_draft,
  gpgSignature: release.gpg_signature,
  createdAt: release.created_at
})

/** Returns the name of a member in the record. */
const recordName = (member: string): string => member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Renames the members of a value to those of the record. */
const recorded = (value: JsonValue): JsonValue => {
  if (typeof value !== "object" || value === null) return value
  return Array.isArray(value) ? value.map((item: JsonValue) => recorded(item)) : recordedMembers(value as JsonObject)
}

const recordedMembers = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([member, inner]) => [recordName(member), recorded(inner)]))

/** Returns the complete release for a request. */
const releaseFor = (open: OpenRepository<"write">, { commitId, ...given }: Omit<NewRelease, "expect">) =>
  completeRelease(open, commitId, recordedMembers(given))

export const releases = HttpApiBuilder.group(Api, "releases", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query: { channel, drafts = false, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          return yield* paged(yield* pageOfReleases(open, { channel, drafts }, yield* pageRequest(page)), view)
        })
      )
    )
    .handleRaw(
      "create",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { bytes, value } = yield* jsonBody(NewRelease, releaseBytesMax)
          const { expect, ...given } = value
          const published = Effect.flatMap(releaseFor(open, given), (release) =>
            publishRelease(open, release, expect && seenOf(expect))
          )
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedRelease,
            status: 201,
            work: Effect.map(published, view)
          })
        })
      )
    )
    .handle(
      "show",
      answering(({ params }) =>
        Effect.gen(function* () {
          return view(yield* showRelease(yield* opened(params, "read"), params.tag))
        })
      )
    )
    .handle(
      "delete",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* deleteRelease(yield* opened(params, "write"), params.tag)
        })
      )
    )
)
