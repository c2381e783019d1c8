/** Which commits touched a file. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { pageQuery, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { fileQuery, saidCommit } from "./files.ts"

/** How much of what the answer needs was derived. */
export const completeness = {
  /** False while commits are pending. The answer is right as far as it goes, and a later one may have more. */
  complete: Schema.Boolean,
  /** How many commits of the repository are pending; they are counted up to 100,000. */
  pending: Schema.Int
}

export const PathTouch = Schema.Struct({
  ...saidCommit,
  /** Renamed: the commit takes away a file of the same blob. */
  kind: Schema.Literals(["added", "deleted", "modified", "renamed"]),
  /** The blob in the first parent; null if the file is not there. */
  before: Schema.NullOr(BlobId),
  /** The blob in the commit; null if the file is not there. */
  after: Schema.NullOr(BlobId),
  /** The former path of a renamed file. */
  renamedFrom: Schema.NullOr(Schema.String),
  /**
   * Lines against the first parent, of a renamed file against the former one. Null for a binary file, for one that has
   * more than 1 MiB or changed too much to be compared, and while it is not counted yet.
   */
  added: Schema.NullOr(Schema.Int),
  removed: Schema.NullOr(Schema.Int),
  /** Whether either version is binary; null while that is not known, as for lines. */
  binary: Schema.NullOr(Schema.Boolean)
}).annotate({ identifier: "PathTouch" })
export type PathTouch = typeof PathTouch.Type

export const PathHistory = Schema.Struct({
  commitId: CommitId,
  path: Schema.String,
  ...completeness,
  ...pageSchema(PathTouch).fields
}).annotate({ identifier: "PathHistory" })

export const BlameRange = Schema.Struct({
  /** The first line, from 1. */
  from: Schema.Int,
  /** The last line. */
  to: Schema.Int,
  commitId: CommitId,
  author: Schema.String,
  /** When it was committed, as the client wrote it. */
  at: Schema.String,
  /** The path that the file has in the commit. */
  path: Schema.String,
  /** The number of the first line in the file of the commit. */
  line: Schema.Int
}).annotate({ identifier: "BlameRange" })

export const Blame = Schema.Struct({
  commitId: CommitId,
  path: Schema.String,
  blobId: BlobId,
  /**
   * False while commits are pending, or if the file is binary, has more than 1 MiB or too long a history. A line that
   * could not be traced to its end has the commit that it was traced to, or is in no range.
   */
  complete: Schema.Boolean,
  ranges: Schema.Array(BlameRange)
}).annotate({ identifier: "Blame" })

export class HistoryGroup extends HttpApiGroup.make("history")
  .add(
    HttpApiEndpoint.get("path", "/history", {
      params: repositoryPath,
      query: { ...fileQuery, ...pageQuery },
      success: PathHistory,
      error: problemsOf(...opening, ...paging, ...referring, "NotDerived", "PathUnknown", "PathIsFolder")
    }).annotateMerge(
      about({
        summary: "List the commits that touch a file, which may be gone by now",
        description:
          "Children before parents. A commit touches a file if its blob, or its absence, differs from that in every " +
          "parent, so a merge is listed only if it resolved the file in its own way. A cursor stays at the commit at " +
          "which the list began. Lines are counted after a push, so `complete` is false until they are, " +
          "too. Without the index 503 (`NotDerived`).",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("blame", "/blame", {
      params: repositoryPath,
      query: fileQuery,
      success: Blame,
      error: problemsOf(...opening, ...referring, "NotDerived", "PathUnknown", "PathIsFolder")
    }).annotateMerge(
      about({
        summary: "Say of each line of a file which commit brought it",
        description:
          "Ranges of lines that follow each other, here and in their commit. At a merge lines go to the first parent " +
          "that has them, and a file that was moved unchanged is followed. Looks at 1,000 touches of the file, for 2 " +
          "seconds at most; beyond that, `complete` is false. Without the index 503 (`NotDerived`).",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "History" })) {}
