/** Reads the body of a commit of files: JSON with contents in base64, or `multipart/form-data` with raw contents. */
import { inSlices, joining, type Slices } from "@musehub/domain/base/Slices"
import { cut } from "@musehub/domain/base/text/cut"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { Sha256 } from "@musehub/domain/object/Id"
import type { CommitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { changesMax, type FileChange } from "@musehub/domain/usecase/commits/fileChanges"
import { refuseField, RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { Effect, Stream } from "effect"
import { HttpServerRequest, Multipart } from "effect/http"
import { type BodyError, boundedBody, isBodyError, wholeBody } from "../Body.ts"
import { refuseFields } from "../problem/FieldsRefused.ts"
import { ChangeInJson, ChangeInParts, CommitWithChanges } from "./contract/commits.ts"
import { decodedWithList } from "./request.ts"

/** The maximum size of the body in parts: the contents of one commit, and the fields around them. */
const commitBytesMax = 96 * 1024 * 1024
/** The maximum size of the body in JSON, with the contents in base64. It is read whole. */
const jsonBytesMax = 16 * 1024 * 1024
/** The maximum size of the part `commit`: paths and message. */
const commitPartBytesMax = 16 * 1024 * 1024
/** The maximum length of a part's name, in characters. */
const partNameLengthMax = 255

/** The changes to commit, with a digest: two bodies with the same content count as the same request. */
export interface CommitBody {
  readonly wanted: CommitFiles
  readonly content: Uint8Array | Sha256
}

const fromJson = Effect.gen(function* () {
  const bytes = yield* wholeBody(yield* HttpServerRequest.HttpServerRequest, jsonBytesMax)
  const { items, value } = yield* decodedWithList(bytes, CommitWithChanges, { name: "changes", item: ChangeInJson })
  const body: CommitBody = {
    content: bytes,
    wanted: {
      ...value,
      changes: items.map((change) =>
        change.op === "put" ? { op: change.op, path: change.path, content: change.contentBase64 } : change
      )
    }
  }
  return body
})

const limitRefused = (reason: string) => new RequestRefused({ field: "body", reason, kind: "limit" })

/** Translates a fault of the form; errors of its stream pass through. */
const partsError = (error: Multipart.MultipartError | BodyError) => {
  if (!Multipart.isMultipartError(error)) return error
  const { _tag, cause } = error.reason
  if (isBodyError(cause)) return cause
  return _tag === "Parse" || _tag === "InternalError"
    ? refuseField("body", "is not multipart/form-data")
    : limitRefused("has too many parts, or one that is too large")
}

interface Parts {
  commit: Uint8Array | undefined
  readonly files: Map<string, Uint8Array>
}

/** The bytes that a slice hashes. */
const sliceBytes = 1024 * 1024

const contentOf = (file: Multipart.File) =>
  Effect.flatMap(Stream.runCollect(file.content), (chunks) => inSlices(() => joining(chunks)))

const keep = Effect.fnUntraced(function* (parts: Parts, part: Multipart.Part) {
  const { key } = part
  if (key === "commit") {
    parts.commit = part._tag === "Field" ? new TextEncoder().encode(part.value) : yield* contentOf(part)
    return
  }
  if (part._tag === "Field" || key.length > partNameLengthMax || parts.files.has(key)) {
    // The bytes of a text part are already decoded, and may differ from those sent.
    return yield* refuseField(
      "body",
      `has a part ${JSON.stringify(cut(key, partNameLengthMax))} that is no file of its own name`
    )
  }
  parts.files.set(key, yield* contentOf(part))
})

/** Returns the same digest for the same commit and files, independent of the boundary and the order of the parts. */
const digesting = function* ({ files }: Parts, commit: Uint8Array): Slices<Sha256> {
  const digest = incrementalSha256()
  const adding = function* (bytes: Uint8Array): Slices<void> {
    digest.update(`${bytes.byteLength}\n`)
    for (let at = 0; at < bytes.byteLength; at += sliceBytes) {
      digest.update(bytes.subarray(at, at + sliceBytes))
      if (at + sliceBytes < bytes.byteLength) yield
    }
  }
  yield* adding(commit)
  for (const [key, content] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    yield* adding(new TextEncoder().encode(key))
    yield* adding(content)
  }
  return digest.digest()
}

const fromParts = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const parts: Parts = { commit: undefined, files: new Map() }
  yield* boundedBody(request, commitBytesMax).pipe(
    Stream.pipeThroughChannel(Multipart.makeChannel<BodyError>(request.headers)),
    Stream.runForEach((part) => keep(parts, part)),
    Effect.provideContext(
      Multipart.limitsServices({
        maxParts: changesMax + 1,
        maxFieldSize: commitPartBytesMax,
        maxFileSize: commitBytesMax,
        maxTotalSize: commitBytesMax
      })
    ),
    Effect.mapError((error) => (error instanceof RequestRefused ? error : partsError(error)))
  )
  const { commit, files } = parts
  if (commit === undefined) return yield* refuseField("body", "has no part commit")
  const list = { name: "changes", item: ChangeInParts }
  const { items, value: wanted } = yield* decodedWithList(commit, CommitWithChanges, list, ["commit"])
  const named: Array<FileChange> = []
  const unnamed = new Set(files.keys())
  for (const change of items) {
    const content = change.op === "put" ? files.get(change.part) : undefined
    if (change.op !== "put") named.push(change)
    else if (content !== undefined) named.push({ op: change.op, path: change.path, content })
    else return yield* refuseField("body", `has no part ${JSON.stringify(cut(change.part, partNameLengthMax))}`)
    if (change.op === "put") unnamed.delete(change.part)
  }
  if (unnamed.size > 0) {
    return yield* refuseFields(
      "body",
      Array.from(unnamed, (path) => ({ path, message: "is a part that no change names" }))
    )
  }
  const content = yield* inSlices(() => digesting(parts, commit))
  const body: CommitBody = { content, wanted: { ...wanted, changes: named } }
  return body
})

/** Reads the changes to commit, in the form that the Content-Type names. */
export const commitBody = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const isInParts = /^multipart\/form-data\b/i.test(headers["content-type"] ?? "")
  return yield* isInParts ? fromParts : fromJson
})
