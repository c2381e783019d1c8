/** Commits: histories, annotations, and commits without a clone. */
import { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Annotation, TestRuns } from "@musehub/domain/repository/Annotation"
import { BranchName } from "@musehub/domain/repository/Names"
import { base64Of } from "@musehub/msgpack/base64"
import { Effect, Schema, SchemaGetter, SchemaIssue } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../problem/schemas.ts"
import { about } from "./about.ts"
import { revision, warnings } from "./branches.ts"
import { ref } from "./browse/files.ts"
import { moving, opening, paging, referring, repeating, sending } from "./commonFailures.ts"
import { pageSchema, pageQuery } from "./page.ts"
import { repositoryPath } from "./repositories.ts"

const commitPath = { ...repositoryPath, id: Schema.String }

/** A commit with its annotations. */
const commitFields = {
  commitId: CommitId,
  /** As in the commit: a clone of a repository keeps the id of the original. */
  repoId: Schema.String,
  branch: Schema.String,
  snapshotId: SnapshotId,
  message: Schema.String,
  /** As in the commit: UTC, with up to six decimal places. */
  committedAt: Schema.String,
  /** Empty for a first commit, two for a merge. */
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

/** A commit in a list. */
export const CommitRow = Schema.Struct(commitFields).annotate({ identifier: "CommitRow" })
export type CommitRow = typeof CommitRow.Type

/** A commit with the delta of its domain's plugin, which is any JSON. */
export const CommitView = Schema.Struct({ ...commitFields, structuredDelta: Schema.Unknown }).annotate({
  identifier: "Commit"
})

/** The annotations of a commit, and the remarks in its own record, which may exceed the limits of an annotation. */
export const Remarks = Schema.Struct({
  reviewedBy: commitFields.reviewedBy,
  testRuns: commitFields.testRuns
}).annotate({ identifier: "Remarks" })

export const NewRemarks = Schema.Struct({
  /** Added to the existing reviewers. */
  reviewedBy: Schema.optionalKey(Annotation.fields.reviewedBy),
  /** Replaces the existing count if it is greater. */
  testRuns: Schema.optionalKey(TestRuns)
}).annotate({ identifier: "NewRemarks" })

const deletion = Schema.Struct({ op: Schema.tag("delete"), path: Schema.String })
const move = Schema.Struct({ op: Schema.tag("move"), from: Schema.String, to: Schema.String })

const changeOf = <Put extends Schema.Top>(put: Put) => Schema.Union([put, deletion, move])

const commitOf = <Change extends Schema.Top>(change: Change) => ({
  branch: Schema.String,
  /** The expected head, null if the branch must not exist; absent accepts any head. */
  expect: Schema.optionalKey(Schema.NullOr(CommitId)),
  /** The revision at which a new branch begins. */
  from: Schema.optionalKey(revision),
  message: Schema.String,
  /** The author of the commit; the caller by default. */
  author: Schema.optionalKey(Schema.String),
  metadata: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** All refer to the original tree, so their order is irrelevant. */
  changes: Schema.Array(change)
})

const lineBreaks = /[\r\n]/g
/** Looks for a line break as fast as memory is read. */
const hasLineBreaks = (text: string): boolean => text.includes("\n") || text.includes("\r")

/** Bytes in base64, which Node decodes natively. It may be broken into lines. */
const bytesInBase64 = Schema.Uint8ArrayFromBase64.from.pipe(
  Schema.decodeTo(Schema.Uint8Array, {
    decode: SchemaGetter.transformEffect((text, options) => {
      const bytes = base64Of(hasLineBreaks(text) ? text.replaceAll(lineBreaks, "") : text)
      return bytes === undefined
        ? Effect.fail(new SchemaIssue.InvalidValue({ expected: "bytes in base64" }, text, options))
        : Effect.succeed(bytes)
    }),
    encode: SchemaGetter.encodeBase64()
  })
)

/** A commit whose changes are decoded later, since they may be many. */
export const CommitWithChanges = Schema.Struct(commitOf(Schema.Unknown))

export const ChangeInJson = changeOf(
  Schema.Struct({
    op: Schema.tag("put"),
    path: Schema.String,
    contentBase64: bytesInBase64.annotate({ expected: "bytes in base64" })
  })
)

/** A commit in JSON, with contents in base64. */
export const NewCommit = Schema.Struct(commitOf(ChangeInJson)).annotate({ identifier: "NewCommit" })

export const ChangeInParts = changeOf(
  Schema.Struct({ op: Schema.tag("put"), path: Schema.String, part: Schema.String })
)

/** The `commit` part of a multipart commit: each `put` names the part with its content. */
export const NewCommitPart = Schema.Struct(commitOf(ChangeInParts)).annotate({ identifier: "NewCommitPart" })

/** `multipart/form-data`: the part `commit`, and a file part for each content, named as in its `put`. */
const NewCommitInParts = Schema.StructWithRest(Schema.Struct({ commit: Schema.fromJsonString(NewCommitPart) }), [
  Schema.Record(Schema.String, Schema.Unknown)
])
  .annotate({
    identifier: "NewCommitInParts",
    description: "The part `commit` is JSON. The `part` of each `put` names the file part with its content."
  })
  .pipe(HttpApiSchema.asMultipart())

export const CommittedFiles = Schema.Struct({
  commitId: CommitId,
  snapshotId: SnapshotId,
  branch: BranchName,
  /** Null for the first commit of a repository. */
  parent: Schema.NullOr(CommitId),
  warnings
})
  .annotate({ identifier: "CommittedFiles" })
  .pipe(HttpApiSchema.status(201))

export class CommitsGroup extends HttpApiGroup.make("commits")
  .add(
    HttpApiEndpoint.get("list", "/commits", {
      params: repositoryPath,
      query: { ref: Schema.optionalKey(ref), ...pageQuery },
      success: pageSchema(CommitRow),
      error: problemsOf(...opening, ...paging, ...referring)
    }).annotateMerge(
      about({
        summary: "List the history of a ref (by default of the default branch)",
        description: "Children come before parents. A cursor stays valid when the branch moves.",
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
        "RepositoryFull",
        "RequestRefused"
      )
    }).annotateMerge(
      about({
        summary: "Commit changes to files",
        description: "Without `expect`, the changes are applied to the new head if the branch moves meanwhile.",
        access: "write",
        repeatable: true
      })
    ),
    HttpApiEndpoint.get("show", "/commits/:id", {
      params: commitPath,
      success: CommitView,
      error: problemsOf(...opening, "CommitUnknown")
    }).annotateMerge(about({ summary: "Show a commit", access: "read", cacheable: true })),
    HttpApiEndpoint.get("remarks", "/commits/:id/annotations", {
      params: commitPath,
      success: Remarks,
      error: problemsOf(...opening, "CommitUnknown")
    }).annotateMerge(
      about({ summary: "Show the annotations of a commit: its reviewers and test runs", access: "read" })
    ),
    HttpApiEndpoint.post("annotate", "/commits/:id/annotations", {
      params: commitPath,
      payload: NewRemarks,
      success: Remarks,
      error: problemsOf(...opening, ...sending, "AnnotationRefused", "CommitUnknown", "DocumentConflict")
    }).annotateMerge(
      about({
        summary: "Annotate a commit with reviewers and test runs",
        description: "Added to the existing annotations: the union of the reviewers, and the greater count.",
        access: "write"
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Commits" })) {}
