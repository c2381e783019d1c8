/** What commits changed, by file and line. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { pageQuery, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { ref } from "./files.ts"

const Hunk = Schema.Struct({
  /** The first of its lines in the earlier file, counted from 1; of none, the line before them. */
  oldStart: Schema.Int,
  oldLines: Schema.Int,
  newStart: Schema.Int,
  newLines: Schema.Int,
  /** Its lines in the unified form: a space, `-` or `+` before each, and three unchanged ones around the changes. */
  text: Schema.String
}).annotate({ identifier: "Hunk" })

export const FileDiff = Schema.Struct({
  /** A deleted file and a new one of the same blob, or half of whose bytes are in the same lines, are a rename. */
  status: Schema.Literals(["added", "deleted", "modified", "renamed"]),
  path: Schema.String,
  /** The former path of a renamed file. */
  oldPath: Schema.NullOr(Schema.String),
  oldBlobId: Schema.NullOr(BlobId),
  newBlobId: Schema.NullOr(BlobId),
  /** Whether either version is no UTF-8, or has NUL near its beginning. */
  binary: Schema.Boolean,
  /** Lines; null for a file that is binary, or whose lines were not compared. */
  added: Schema.NullOr(Schema.Int),
  removed: Schema.NullOr(Schema.Int),
  /** Null for a file that is binary or truncated. */
  hunks: Schema.NullOr(Schema.Array(Hunk)),
  /** Whether a version has more than 1 MiB, or too much changed for the hunks to be shown. */
  truncated: Schema.Boolean
}).annotate({ identifier: "FileDiff" })

export const CommitDiff = Schema.Struct({
  /** The parent; null for a first commit. */
  base: Schema.NullOr(CommitId),
  head: CommitId,
  ...pageSchema(FileDiff).fields
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
  ...pageSchema(FileDiff).fields
}).annotate({ identifier: "Comparison" })

const diffQuery = {
  /** A file, or a folder with all below it, in either version. */
  path: Schema.optionalKey(Schema.String),
  ...pageQuery
}

export class DiffsGroup extends HttpApiGroup.make("diffs")
  .add(
    HttpApiEndpoint.get("commit", "/commits/:id/diff", {
      params: { ...repositoryPath, id: Schema.String },
      query: {
        /** Which parent, counted from 1. */
        parent: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
        ...diffQuery
      },
      success: CommitDiff,
      error: problemsOf(...opening, ...paging, "CommitUnknown", "ParentUnknown")
    }).annotateMerge(
      about({
        summary: "List the files in which a commit differs from its parent (`parent`, by default 1), with hunks",
        description:
          "In code point order of path. Of a first commit, all files are added. A page may be short, since it takes " +
          "a bounded amount of work and text.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("compare", "/compare", {
      params: repositoryPath,
      query: { base: ref, head: ref, ...diffQuery },
      success: Comparison,
      error: problemsOf(...opening, ...paging, ...referring)
    }).annotateMerge(
      about({
        summary: "Compare two refs: what `head` changed since the merge base with `base`",
        description:
          "Files and hunks as of a commit's diff. Without a merge base, since `base`. A cursor stays at the commits " +
          "at which the list began.",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Diffs" })) {}
