/** The functions, classes and other things that files declare, and what commits did to them. */
import { CommitId, Sha256 } from "@musehub/domain/object/Id"
import { refusals, symbolKinds, visibilities } from "@musehub/domain/port/extractor/Extraction"
import { symbolChanges } from "@musehub/domain/port/index/derived/SymbolIndex"
import { soughtLengthMax } from "@musehub/domain/usecase/search/SearchPage"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { problemsOf } from "../../../problem/schemas.ts"
import { about } from "../about.ts"
import { opening, paging, referring } from "../commonFailures.ts"
import { cursor, pageQuery, pageSchema } from "../page.ts"
import { repositoryPath } from "../repositories.ts"
import { ref, saidCommit, treeLimitMax } from "./files.ts"
import { completeness } from "./history.ts"

const kind = Schema.Literals(symbolKinds)

export const CodeSymbol = Schema.Struct({
  /** Its path and its qualified name: `path::Class.method`; a second one of that name has `#2` at its end. */
  address: Schema.String,
  path: Schema.String,
  name: Schema.String,
  kind,
  /** Who may use it, by the rule of its language. */
  visibility: Schema.Literals(visibilities),
  /** The first line, from 1. */
  line: Schema.Int,
  /** The last line. */
  endLine: Schema.Int,
  /** The hash of what it does or holds, without the symbols in it. Not the `muse` client's. */
  bodyHash: Sha256,
  /** The hash of the rest of it, without its name. */
  signatureHash: Sha256
}).annotate({ identifier: "CodeSymbol" })

/** Which extractor found the symbols, with its version. */
const extractor = Schema.String

export const CodeSymbols = Schema.Struct({
  commitId: CommitId,
  extractor,
  ...completeness,
  /** The files of this page that were not looked at, and why. */
  skipped: Schema.Array(Schema.Struct({ path: Schema.String, reason: Schema.Literals(refusals) })),
  ...pageSchema(CodeSymbol).fields
}).annotate({ identifier: "CodeSymbols" })

export const SymbolTouch = Schema.Struct({
  ...saidCommit,
  /** Renamed: one of the same body is deleted in this file; moved: in another one. */
  change: Schema.Literals(symbolChanges),
  kind,
  /** Of one that there was before, whether its body is another. */
  body: Schema.Boolean,
  /** Of one that there was before, whether its signature is another. */
  signature: Schema.Boolean,
  /** The address before of one that was renamed or moved. */
  former: Schema.NullOr(Schema.String)
}).annotate({ identifier: "SymbolTouch" })
export type SymbolTouch = typeof SymbolTouch.Type

export const SymbolHistory = Schema.Struct({
  commitId: CommitId,
  address: Schema.String,
  extractor,
  ...completeness,
  ...pageSchema(SymbolTouch).fields
}).annotate({ identifier: "SymbolHistory" })

export class SymbolsGroup extends HttpApiGroup.make("symbols")
  .add(
    HttpApiEndpoint.get("list", "/symbols", {
      params: repositoryPath,
      query: {
        ref: Schema.optionalKey(ref),
        /** A file, or a folder with all below it. */
        path: Schema.optionalKey(Schema.String),
        kind: Schema.optionalKey(kind),
        /** A part of the qualified name, in any case. */
        q: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(soughtLengthMax))),
        cursor,
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: treeLimitMax })))
      },
      success: CodeSymbols,
      error: problemsOf(...opening, ...paging, ...referring, "NotDerived", "PathUnknown", "PathIsFolder", "SymbolsOff")
    }).annotateMerge(
      about({
        summary: "List the symbols of a commit: functions, classes and other things that its files declare",
        description:
          "In order of path, and of a file in the order of its text. A page may be short, since it looks at some " +
          "thousand files. What is pending is missing, and `complete` says so. `skipped` are files that are no text, " +
          "too large, or take too much to parse. A cursor stays at the commit at which the list began. Without the " +
          "index 503 (`NotDerived`); of a hub without an extractor 404 (`SymbolsOff`).",
        access: "read",
        cacheable: true
      })
    ),
    HttpApiEndpoint.get("history", "/symbols/history", {
      params: repositoryPath,
      query: { ref: Schema.optionalKey(ref), address: Schema.String, ...pageQuery },
      success: SymbolHistory,
      error: problemsOf(...opening, ...paging, ...referring, "NotDerived", "SymbolUnknown", "SymbolsOff")
    }).annotateMerge(
      about({
        summary: "List what commits did to a symbol, which may be gone by now",
        description:
          "Children before parents. A commit changes a symbol if its kind, body or signature, or its absence, is " +
          "another than in every parent. A renamed or moved symbol is deleted at its `former` address, where its " +
          "history goes on.",
        access: "read",
        cacheable: true
      })
    )
  )
  .prefix("/repos/:owner/:slug")
  .annotateMerge(OpenApi.annotations({ title: "Symbols" })) {}
