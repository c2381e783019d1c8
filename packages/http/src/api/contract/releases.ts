/** Releases: tagged versions with notes and a change log. */
import { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Channel, Release, ReleaseId, ReleaseTag } from "@musehub/domain/repository/Tag"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

const { agent_id, body, created_at, gpg_signature, model_id, semver, title } = Release.fields
const change = Release.fields.changelog.value.fields

const changeFields = {
  commitId: change.commit_id,
  message: change.message,
  semVerBump: change.sem_ver_bump,
  breakingChanges: change.breaking_changes,
  author: change.author,
  committedAt: change.committed_at,
  agentId: change.agent_id,
  modelId: change.model_id
}

export const ReleaseView = Schema.Struct({
  releaseId: ReleaseId,
  tag: ReleaseTag,
  semver,
  channel: Channel,
  commitId: CommitId,
  snapshotId: SnapshotId,
  title,
  body,
  changelog: Schema.Array(Schema.Struct(changeFields)),
  agentId: agent_id,
  modelId: model_id,
  isDraft: Schema.Boolean,
  gpgSignature: gpg_signature,
  createdAt: created_at
}).annotate({ identifier: "Release" })
export type ReleaseView = typeof ReleaseView.Type

export const CreatedRelease = ReleaseView.pipe(HttpApiSchema.status(201))

const NewChange = Schema.Struct({
  commitId: Schema.optionalKey(changeFields.commitId),
  message: changeFields.message,
  semVerBump: Schema.optionalKey(changeFields.semVerBump),
  breakingChanges: Schema.optionalKey(changeFields.breakingChanges),
  author: Schema.optionalKey(changeFields.author),
  committedAt: Schema.optionalKey(changeFields.committedAt),
  agentId: Schema.optionalKey(changeFields.agentId),
  modelId: Schema.optionalKey(changeFields.modelId)
})

export const NewRelease = Schema.Struct({
  /** A semantic version, such as `v1.2.3`. */
  tag: ReleaseTag,
  commitId: CommitId,
  /** The id of a draft to replace or publish. */
  releaseId: Schema.optionalKey(ReleaseId),
  /** `stable` by default. */
  channel: Schema.optionalKey(Channel),
  title: Schema.optionalKey(title),
  body: Schema.optionalKey(body),
  changelog: Schema.optionalKey(Schema.Array(NewChange).check(Schema.isMaxLength(10_000))),
  agentId: Schema.optionalKey(agent_id),
  modelId: Schema.optionalKey(model_id),
  isDraft: Schema.optionalKey(Schema.Boolean),
  gpgSignature: Schema.optionalKey(gpg_signature),
  /** What the draft had that is replaced. */
  expect: Schema.optionalKey(
    Schema.Struct({
      commitId: Schema.optionalKey(Schema.String),
      channel: Schema.optionalKey(Schema.String),
      title: Schema.optionalKey(Schema.String),
      body: Schema.optionalKey(Schema.String)
    })
  )
}).annotate({ identifier: "NewRelease" })
export type NewRelease = typeof NewRelease.Type

const releasePath = { ...repositoryPath, tag: Schema.String }

export class ReleasesGroup extends HttpApiGroup.make("releases")
  .add(
    HttpApiEndpoint.get("list", "/releases", {
      params: repositoryPath,
      query: {
        channel: Schema.optionalKey(Channel),
        /** Whether to include drafts, which only users with write access see. */
        drafts: Schema.optionalKey(Schema.Boolean),
        ...pageQuery
      },
      success: pageSchema(ReleaseView),
      error: problemsOf(...opening, ...paging, "ReleasesTooLarge")
    }).annotateMerge(
      about({
        summary: "List releases, newest publication first",
        description: "With `drafts=true`, includes drafts for callers with write access.",
        access: "read"
      })
    ),
    HttpApiEndpoint.post("create", "/releases", {
      params: repositoryPath,
      payload: NewRelease,
      success: CreatedRelease,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "CommitUnknown",
        "EditedMeanwhile",
        "ReleaseExists",
        "ReleaseRefused",
        "RepositoryFull"
      )
    }).annotateMerge(
      about({
        summary: "Publish a release, or a draft of one",
        description:
          "With the `releaseId` of a draft, replaces that draft. A published release cannot be replaced. With " +
          "`expect`, which has what the caller saw of the draft, it is refused with 409 (`EditedMeanwhile`) where " +
          "one of these fields is another by now.",
        access: "write",
        repeatable: true
      })
    ),
    HttpApiEndpoint.get("show", "/releases/:tag", {
      params: releasePath,
      success: ReleaseView,
      error: problemsOf(...opening, "ReleaseUnknown")
    }).annotateMerge(about({ summary: "Show a release", access: "read" })),
    HttpApiEndpoint.delete("delete", "/releases/:tag", {
      params: releasePath,
      success: HttpApiSchema.NoContent,
      error: problemsOf(...opening, ...moving, "ReleaseUnknown")
    }).annotateMerge(about({ summary: "Delete a release", access: "write" }))
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Releases" })) {}
