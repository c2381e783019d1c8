/** What commits changed, by file. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { pageQuery, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { ref } from "./files.ts"

export const FileChange = Schema.Struct({
  /** A file that is gone and a new one of the same blob are a rename. */
  status: Schema.Literals(["added", "deleted", "modified", "renamed"]),
  path: Schema.String,
  /** The former path of a renamed file. */
  oldPath: Schema.NullOr(Schema.String),
  oldBlobId: Schema.NullOr(BlobId),
  newBlobId: Schema.NullOr(BlobId)
}).annotate({ identifier: "FileChange" })
export type FileChange = typeof FileChange.Type

export const CommitDiff = Schema.Struct({
  /** The parent; null for a first commit. */
  base: Schema.NullOr(CommitId),
  head: CommitId,
  ...pageSchema(FileChange).fields
}).annotate({ identifier: "CommitDiff" })

export const Comparison = Schema.Struct({
  base: CommitId,
  head: CommitId,
  /** The nearest commit that both have; null if they have none. */
  mergeBase: Schema.NullOr(CommitId),
  /** How many commits `head` has that `base` lacks. */
  ahead: Schema.Int,
  /** How many commits `base` has that `head` lacks. */
  behind: Schema.Int,
  ...pageSchema(FileChange).fields
}).annotate({ identifier: "Comparison" })

export class DiffsGroup extends HttpApiGroup.make("diffs")
  .add(
    HttpApiEndpoint.get("commit", "/commits/:id/diff", {
      params: { ...repositoryPath, id: Schema.String },
      query: {
        /** Which parent, counted from 1. */
        parent: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
        ...pageQuery
      },
      success: CommitDiff,
      error: problemsOf(...opening, ...paging, "CommitUnknown", "ParentUnknown")
    }).annotateMerge(
      about({
        summary: "List the files in which a commit differs from its parent (`parent`, by default 1)",
        description: "In code point order of path. Of a first commit, all files are added.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("compare", "/compare", {
      params: repositoryPath,
      query: { base: ref, head: ref, ...pageQuery },
      success: Comparison,
      error: problemsOf(...opening, ...paging, ...referring)
    }).annotateMerge(
      about({
        summary: "Compare two refs: what `head` changed since the merge base with `base`",
        description: "Without a merge base, since `base`. A cursor stays at the commits at which the list began.",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Diffs" })) {}
