/** Looking into a repository: folders and files of the commit that a ref names. */
import { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { archiveFormats } from "@musehub/domain/usecase/browse/archiveTree"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { cursor, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"

/** What a reader names a commit by (docs/names.md, "What a name means"). */
export const ref = Schema.String.annotate({
  description:
    "64 lower-case hex digits are always the id of a commit. Other text is a branch, else the tag of a published " +
    "release, else `tags/` and the label of a tag. The default branch by default."
})

/** The maximum number of items in one page of a tree. */
export const treeLimitMax = 1000

/** A commit, and what it says of itself. */
export const saidCommit = {
  commitId: CommitId,
  message: Schema.String,
  author: Schema.String,
  /** When it was committed, as the client wrote it. */
  at: Schema.String
}

const LastCommit = Schema.Struct(saidCommit).annotate({ identifier: "LastCommit" })

/** What `with=lastCommit` adds: the last commit that touched it; null while that is not derived. */
const lastCommit = Schema.optionalKey(Schema.NullOr(LastCommit))

const withQuery = Schema.optionalKey(Schema.Literal("lastCommit"))

const TreeFolder = Schema.Struct({
  type: Schema.tag("dir"),
  name: Schema.String,
  path: Schema.String,
  lastCommit
}).annotate({ identifier: "TreeFolder" })

/** What the file is written in, by its suffix, as the `muse` client names it. */
const language = Schema.NullOr(Schema.String)

const TreeFile = Schema.Struct({
  type: Schema.tag("file"),
  name: Schema.String,
  path: Schema.String,
  blobId: BlobId,
  language,
  lastCommit
}).annotate({ identifier: "TreeFile" })

export const TreeItem = Schema.Union([TreeFolder, TreeFile])

export const Tree = Schema.Struct({
  commitId: CommitId,
  snapshotId: SnapshotId,
  path: Schema.String,
  ...pageSchema(TreeItem).fields
}).annotate({ identifier: "Tree" })

export const Blob = Schema.Struct({
  commitId: CommitId,
  path: Schema.String,
  blobId: BlobId,
  /** In bytes. */
  size: Schema.Int,
  /** Whether the file is no UTF-8, or has NUL near its beginning. */
  binary: Schema.Boolean,
  language,
  /** Null for a file that is binary or has more than 1 MiB. */
  text: Schema.NullOr(Schema.String),
  lastCommit
}).annotate({ identifier: "Blob" })

export const fileQuery = { ref: Schema.optionalKey(ref), path: Schema.String }

export class BrowseGroup extends HttpApiGroup.make("browse")
  .add(
    HttpApiEndpoint.get("tree", "/tree", {
      params: repositoryPath,
      query: {
        ref: Schema.optionalKey(ref),
        path: Schema.optionalKey(Schema.String),
        recursive: Schema.optionalKey(Schema.Boolean),
        with: withQuery,
        cursor,
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: treeLimitMax })))
      },
      success: Tree,
      error: problemsOf(...opening, ...paging, ...referring, "NotDerived", "PathUnknown", "PathIsFile")
    }).annotateMerge(
      about({
        summary: "List a folder of a commit (`path`, by default the root)",
        description:
          "In code point order, with folders where their files stand. With `recursive=true`, lists all files below " +
          "the folder instead. A cursor stays at the commit at which the list began. With `with=lastCommit` each " +
          "item has the commit that touched it last; without the index that is 503 (`NotDerived`).",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("blob", "/blob", {
      params: repositoryPath,
      query: { ...fileQuery, with: withQuery },
      success: Blob,
      error: problemsOf(...opening, ...referring, "NotDerived", "PathUnknown", "PathIsFolder")
    }).annotateMerge(
      about({
        summary: "Show a file of a commit: its size, and its text if it has one",
        description: "With `with=lastCommit` also the commit that touched it last.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("raw", "/raw", {
      params: repositoryPath,
      query: fileQuery,
      success: HttpApiSchema.StreamUint8Array(),
      error: problemsOf(...opening, ...referring, "PathUnknown", "PathIsFolder", "RangeUnsatisfiable")
    }).annotateMerge(
      about({
        summary: "Read the bytes of a file of a commit",
        description:
          "`Range` may ask for one range of them (206). Images and audio have their type; HTML, SVG and other " +
          "documents that could run scripts are attachments.",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("archive", "/archive", {
      params: repositoryPath,
      query: { ref: Schema.optionalKey(ref), format: Schema.optionalKey(Schema.Literals(archiveFormats)) },
      success: HttpApiSchema.StreamUint8Array(),
      error: problemsOf(...opening, ...referring)
    }).annotateMerge(
      about({
        summary: "Download all files of a commit as one (`format`, by default tar.gz)",
        description:
          "They are in a folder that is named after the repository and the commit, and as old as the commit. A file " +
          "that cannot be read ends the answer early.",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Files" })) {}
