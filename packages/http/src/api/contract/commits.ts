/** Commits: histories, trees, files, what is said about a commit, and making one without a clone. */
import { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Annotation } from "@musehub/domain/repository/Annotation"
import { BranchName } from "@musehub/domain/repository/Names"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { moving, opening, paging, repeating, sending } from "./commonFailures.ts"
import { cursor, pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

const commitPath = { ...repositoryPath, id: Schema.String }

/** A commit with all that was said about it. */
const commitFields = {
  commitId: CommitId,
  /** As the commit has it; a clone of a repository keeps the id of another. */
  repoId: Schema.String,
  branch: Schema.String,
  snapshotId: SnapshotId,
  message: Schema.String,
  /** As the commit has it: UTC, with up to six digits of a second. */
  committedAt: Schema.String,
  /** None for a first commit, two for a merge. */
  parents: Schema.Array(CommitId),
  author: Schema.String,
  metadata: Schema.Record(Schema.String, Schema.String),
  semVerBump: Schema.String,
  breakingChanges: Schema.Array(Schema.String),
  agentId: Schema.String,
  modelId: Schema.String,
  toolchainId: Schema.String,
  promptHash: Schema.String,
  signature: Schema.String,
  signerKeyId: Schema.String,
  reviewedBy: Schema.Array(Schema.String),
  testRuns: Schema.Int
}

/** As lists show it. */
export const CommitRow = Schema.Struct(commitFields).annotate({ identifier: "CommitRow" })
export type CommitRow = typeof CommitRow.Type

/** With the delta that a domain's plugin made, any JSON. */
export const CommitView = Schema.Struct({ ...commitFields, structuredDelta: Schema.Unknown }).annotate({
  identifier: "Commit"
})

/** What is said about a commit; its own record may say more than could be added later. */
export const Remarks = Schema.Struct({
  reviewedBy: commitFields.reviewedBy,
  testRuns: commitFields.testRuns
}).annotate({ identifier: "Remarks" })

export const NewRemarks = Schema.Struct({
  /** Joined to those who are named already. */
  reviewedBy: Schema.optionalKey(Annotation.fields.reviewedBy),
  /** Counts where it is more than what was said before. */
  testRuns: Schema.optionalKey(Annotation.fields.testRuns)
}).annotate({ identifier: "NewRemarks" })

/** Files of one page of a tree, at most. */
export const treeLimitMax = 1000

const TreeEntry = Schema.Struct({ path: Schema.String, blobId: BlobId }).annotate({ identifier: "TreeEntry" })

export const Tree = Schema.Struct({
  commitId: CommitId,
  snapshotId: SnapshotId,
  ...pageSchema(TreeEntry).fields
}).annotate({ identifier: "Tree" })

const deletion = Schema.Struct({ op: Schema.tag("delete"), path: Schema.String })
const move = Schema.Struct({ op: Schema.tag("move"), from: Schema.String, to: Schema.String })

const commitOf = <Put extends Schema.Top>(put: Put) => ({
  branch: Schema.String,
  /** Where the branch must be for the commit to happen, null for nowhere; any head where it is left out. */
  expect: Schema.optionalKey(Schema.NullOr(CommitId)),
  /** The branch or commit that a new branch begins at. */
  from: Schema.optionalKey(Schema.String),
  message: Schema.String,
  /** Who stands in the commit: the caller, unless given. */
  author: Schema.optionalKey(Schema.String),
  metadata: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** All made to the same tree, so their order means nothing. */
  changes: Schema.Array(Schema.Union([put, deletion, move]))
})

/** A commit in JSON, contents in base64. */
export const NewCommit = Schema.Struct(
  commitOf(Schema.Struct({ op: Schema.tag("put"), path: Schema.String, contentBase64: Schema.Uint8ArrayFromBase64 }))
).annotate({ identifier: "NewCommit" })

/** The `commit` part of a commit in parts: each `put` names the part that holds its content. */
export const NewCommitPart = Schema.Struct(
  commitOf(Schema.Struct({ op: Schema.tag("put"), path: Schema.String, part: Schema.String }))
).annotate({ identifier: "NewCommitPart" })

/** `multipart/form-data`: the part `commit`, and a file part for each content under the name that a `put` gives it. */
const NewCommitInParts = Schema.StructWithRest(Schema.Struct({ commit: Schema.fromJsonString(NewCommitPart) }), [
  Schema.Record(Schema.String, Schema.Unknown)
])
  .annotate({
    identifier: "NewCommitInParts",
    description: "The part `commit` is JSON; each `put` names, as `part`, the file part that holds its content."
  })
  .pipe(HttpApiSchema.asMultipart())

export const CommittedFiles = Schema.Struct({
  commitId: CommitId,
  snapshotId: SnapshotId,
  branch: BranchName,
  /** Null for the first commit of a repository. */
  parent: Schema.NullOr(CommitId)
})
  .annotate({ identifier: "CommittedFiles" })
  .pipe(HttpApiSchema.status(201))

export class CommitsGroup extends HttpApiGroup.make("commits")
  .add(
    HttpApiEndpoint.get("list", "/commits", {
      params: repositoryPath,
      query: { ref: Schema.optionalKey(Schema.String), ...pageQuery },
      success: pageSchema(CommitRow),
      error: problemsOf(...opening, ...paging, "BranchUnknown", "CommitUnknown")
    }).annotateMerge(
      about({
        summary: "List the history of a branch or commit, of the default branch unless `ref` names one",
        description: "Children before parents. A cursor stays good when the branch moves.",
        access: "read"
      })
    ),
    HttpApiEndpoint.post("create", "/commits", {
      params: repositoryPath,
      payload: [NewCommit, NewCommitInParts],
      success: CommittedFiles,
      error: problemsOf(
        ...opening,
        ...sending,
        ...repeating,
        ...moving,
        "BranchClash",
        "BranchExists",
        "BranchNameRefused",
        "BranchProtected",
        "BranchUnknown",
        "ChangesRefused",
        "CommitUnknown",
        "ContentRefused",
        "HeadMoved",
        "NothingToCommit",
        "ObjectRefused",
        "RepositoryFull"
      )
    }).annotateMerge(
      about({
        summary: "Commit changes to files",
        description: "Without `expect`, the changes are made anew on whatever the branch moved to meanwhile.",
        access: "write",
        repeatable: true
      })
    ),
    HttpApiEndpoint.get("show", "/commits/:id", {
      params: commitPath,
      success: CommitView,
      error: problemsOf(...opening, "CommitUnknown")
    }).annotateMerge(about({ summary: "Show a commit", access: "read", cacheable: true })),
    HttpApiEndpoint.get("tree", "/commits/:id/tree", {
      params: commitPath,
      query: {
        cursor,
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: treeLimitMax })))
      },
      success: Tree,
      error: problemsOf(...opening, ...paging, "CommitUnknown")
    }).annotateMerge(
      about({ summary: "List the files of a commit in order of path", access: "read", cacheable: true })
    ),
    HttpApiEndpoint.get("file", "/commits/:id/files/:path", {
      params: { ...commitPath, path: Schema.String },
      success: HttpApiSchema.StreamUint8Array(),
      error: problemsOf(...opening, "CommitUnknown", "FileUnknown")
    }).annotateMerge(
      about({
        summary: "Read a file of a commit",
        description: "The path is one percent-encoded segment. The bytes come as they are.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("remarks", "/commits/:id/annotations", {
      params: commitPath,
      success: Remarks,
      error: problemsOf(...opening, "CommitUnknown")
    }).annotateMerge(about({ summary: "Show who reviewed a commit and how often its tests ran", access: "read" })),
    HttpApiEndpoint.post("annotate", "/commits/:id/annotations", {
      params: commitPath,
      payload: NewRemarks,
      success: Remarks,
      error: problemsOf(...opening, ...sending, "AnnotationRefused", "CommitUnknown", "DocumentConflict")
    }).annotateMerge(
      about({
        summary: "Say who reviewed a commit and how often its tests ran",
        description: "Joined to what was said before: the union of the reviewers, the greater count.",
        access: "write"
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Commits" })) {}
