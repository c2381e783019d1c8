/** Searching a repository: its commits, its paths, and what its files say. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { symbolKinds } from "@musehub/domain/port/extractor/Extraction"
import { soughtLengthMax } from "@musehub/domain/usecase/search/SearchPage"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { pageQuery, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { ref } from "./files.ts"

const FoundCommit = Schema.Struct({
  type: Schema.tag("commit"),
  commitId: CommitId,
  author: Schema.String,
  committedAt: Schema.String,
  message: Schema.String
}).annotate({ identifier: "FoundCommit" })

const FoundPath = Schema.Struct({
  type: Schema.tag("path"),
  path: Schema.String,
  blobId: BlobId,
  language: Schema.NullOr(Schema.String)
}).annotate({ identifier: "FoundPath" })

const FoundLine = Schema.Struct({
  type: Schema.tag("line"),
  path: Schema.String,
  /** Counted from 1. */
  line: Schema.Int,
  /** The first place in the line, in characters, counted from 1. */
  column: Schema.Int,
  /** The line; of a long one, what is around the place. */
  preview: Schema.String
}).annotate({ identifier: "FoundLine" })

const FoundSymbol = Schema.Struct({
  type: Schema.tag("symbol"),
  /** Its path and its qualified name: `path::Class.method`. */
  address: Schema.String,
  kind: Schema.Literals(symbolKinds),
  name: Schema.String,
  path: Schema.String,
  /** Its first line, counted from 1. */
  line: Schema.Int
}).annotate({ identifier: "FoundSymbol" })

export const Found = Schema.Union([FoundCommit, FoundPath, FoundLine, FoundSymbol])
export type Found = typeof Found.Type

export const SearchResult = Schema.Struct({
  /** The commit that was searched, or whose history was. */
  commitId: CommitId,
  ...pageSchema(Found).fields,
  /** What this page looked at; `bytes` are those of contents. */
  scanned: Schema.Struct({ commits: Schema.Int, files: Schema.Int, bytes: Schema.Int }),
  /** Whether the page ended before it was full, because it took much work. `nextCursor` goes on. */
  truncated: Schema.Boolean
}).annotate({ identifier: "SearchResult" })

export class SearchGroup extends HttpApiGroup.make("search")
  .add(
    HttpApiEndpoint.get("search", "/search", {
      params: repositoryPath,
      query: {
        in: Schema.Literals(["commits", "paths", "content", "symbols"]),
        /** The text to find, as it is. */
        q: Schema.String.check(
          Schema.isMinLength(1),
          Schema.isMaxLength(soughtLengthMax),
          Schema.isPattern(/^[^\n]*$/, { expected: "a text on one line" })
        ),
        ref: Schema.optionalKey(ref),
        ...pageQuery
      },
      success: SearchResult,
      error: problemsOf(...opening, ...paging, ...referring, "NotDerived", "PathIsFolder", "PathUnknown", "SymbolsOff")
    }).annotateMerge(
      about({
        summary: "Search the history, the paths, the lines or the symbols of a commit (`in`) for a text (`q`)",
        description:
          "`commits` looks at messages and authors, and `paths` at paths, both without regard to case. `content` " +
          "looks at lines of text files of up to 1 MiB, letter by letter, and `symbols` at qualified names without " +
          "regard to case, as far as they are derived. A page ends after 64 MiB, 5,000 commits or " +
          "two seconds, and its cursor goes on at the commit at which the search began.",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Search" })) {}
