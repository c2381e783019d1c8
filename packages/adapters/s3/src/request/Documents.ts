/**
 * Small documents that change by compare-and-set. A write is sent once: a retry could meet its own first attempt,
 * already applied, and report a success as a lost race. Only a refusal that certainly wrote nothing is sent again, with
 * the other spelling of the condition.
 */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { sha256 } from "@musehub/domain/object/Digest"
import { type DocumentRead, DocumentVersion, type Expected } from "@musehub/domain/port/ObjectStore"
import { Effect, Option } from "effect"
import { checksumOf } from "./checksumOf.ts"
import type { DocumentDialect } from "../Dialect.ts"
import { getWhole, headOf } from "./Get.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import { passing, permanent, type S3Fault } from "../S3Fault.ts"

export const readDocument = (
  s3: S3Connection,
  path: string,
  known: DocumentVersion | undefined
): Effect.Effect<DocumentRead, S3Fault> =>
  getWhole(s3, path, known).pipe(
    Effect.flatMap(({ bytes, etag }) => {
      const version = versionOf(etag)
      return version === undefined
        ? Effect.fail(permanent("NoETag", "the service gives no ETag, so nothing can be replaced safely"))
        : Effect.succeed<DocumentRead>({ _tag: "Found", document: { bytes, version } })
    }),
    Effect.catch((found): Effect.Effect<DocumentRead, S3Fault> => {
      if (found.kind === "missing") return Effect.succeed({ _tag: "Absent" })
      // Only a reader that named a state can be told that it is unchanged.
      if (found.kind === "notModified" && known !== undefined) return Effect.succeed({ _tag: "Unchanged" })
      return Effect.fail(found)
    })
  )

/** Writes the document and returns its new version, or none if it was not in the expected state. */
export const writeDocument = Effect.fnUntraced(function* (
  s3: S3Connection,
  dialect: DocumentDialect,
  path: string,
  bytes: Uint8Array,
  expected: Expected
): Effect.fn.Return<Option.Option<DocumentVersion>, S3Fault> {
  let spelling: Spelling = dialect.ifMatch === "bare" ? "bare" : "quoted"
  let answer = yield* put(s3, path, bytes, conditionOf(expected, spelling))
  const misunderstood =
    answer._tag === "Refused" && expected._tag === "Version" && spelling === "quoted" && dialect.ifMatch !== "quoted"
  if (misunderstood && (yield* isStill(s3, path, expected))) {
    spelling = "bare"
    answer = yield* put(s3, path, bytes, conditionOf(expected, spelling))
  }
  switch (answer._tag) {
    case "Written":
      if (expected._tag === "Version") dialect.ifMatch = spelling
      return Option.some(answer.version)
    case "Refused":
      return Option.none()
    case "Unclear":
      for (const pauseMillis of expected._tag === "Any" ? [] : pausesMillis) {
        yield* Effect.sleep(pauseMillis)
        if (!(yield* isStill(s3, path, expected))) return Option.none()
      }
      return yield* answer.fault
  }
})

/** Pauses between checks: readers may see the winning write a moment later. */
const pausesMillis = [0, 10, 20, 40, 80, 160, 320]

type Spelling = "quoted" | "bare"

type Answer =
  | { readonly _tag: "Written"; readonly version: DocumentVersion }
  /** Not written. */
  | { readonly _tag: "Refused" }
  /** Probably lost to another writer, but the service does not say so. */
  | { readonly _tag: "Unclear"; readonly fault: S3Fault }

interface Condition {
  readonly IfMatch?: string
  readonly IfNoneMatch?: string
}

const put = (s3: S3Connection, path: string, bytes: Uint8Array, condition: Condition): Effect.Effect<Answer, S3Fault> =>
  s3
    .attempt(
      (client, options) =>
        client.send(
          new PutObjectCommand({
            ...at(s3.config, path),
            ...condition,
            Body: bytes,
            ContentLength: bytes.byteLength,
            ChecksumSHA256: checksumOf(sha256(bytes))
          }),
          options
        ),
      bytes.byteLength
    )
    .pipe(
      Effect.flatMap(({ ETag }): Effect.Effect<Answer, S3Fault> => {
        const version = versionOf(ETag)
        return version === undefined
          ? Effect.fail(passing("IncompleteAnswer", "the service did not say which state it wrote"))
          : Effect.succeed({ _tag: "Written", version })
      }),
      Effect.catch((found): Effect.Effect<Answer, S3Fault> => {
        switch (found.kind) {
          case "precondition":
            return Effect.succeed({ _tag: "Refused" })
          case "missing":
            return condition.IfMatch === undefined ? Effect.fail(found) : Effect.succeed({ _tag: "Refused" })
          case "cancelled":
            return Effect.succeed({ _tag: "Unclear", fault: found })
          default:
            return Effect.fail(found)
        }
      })
    )

const conditionOf = (expected: Expected, spelling: Spelling): Condition => {
  switch (expected._tag) {
    case "Absent":
      return { IfNoneMatch: "*" }
    case "Version":
      return { IfMatch: spelling === "quoted" ? expected.version : expected.version.replace(/^"(.*)"$/, "$1") }
    case "Any":
      return {}
  }
}

const isStill = (s3: S3Connection, path: string, expected: Expected): Effect.Effect<boolean, S3Fault> =>
  Effect.map(headOf(s3, path), (head) => {
    switch (expected._tag) {
      case "Absent":
        return Option.isNone(head)
      case "Version":
        return Option.isSome(head) && head.value.ETag === expected.version
      case "Any":
        return true
    }
  })

const versionOf = (etag: string | undefined): DocumentVersion | undefined =>
  etag === undefined || etag === "" ? undefined : DocumentVersion.make(etag)
