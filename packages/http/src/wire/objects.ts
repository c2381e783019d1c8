/**
 * Serves single objects as stored: to caches in front of the hub, to clients that resume, and for blobs too large to
 * wait for in a stream.
 */
import { listLargeBlobs } from "@musehub/domain/usecase/fetch/listLargeBlobs"
import { readObject } from "@musehub/domain/usecase/fetch/readObject"
import { fetchBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readLargeBlobs } from "@musehub/domain/wire/requests"
import { Effect } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { cached, forever } from "../cached.ts"
import { bodyReader } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, answer } from "../Encoding.ts"
import { rangedObject } from "../rangedObject.ts"
import { openTarget } from "./openTarget.ts"

/** Keeps browsers from treating pushed content as a page of the hub. */
const contained = { "content-disposition": "attachment" }

/**
 * `GET …/objects/{blob|snapshot|commit}/{id}`, and HEAD: 200 the stored bytes, or 206 the one requested range of them;
 * 304, 401, 404, 416, 500, 503. The ETag is the SHA-256 of the bytes, which never change. Whole answers are checked by
 * it while they are sent and break off before their end if they are damaged. Ranges of blobs cannot be checked here; a
 * client that joins ranges must compare the hash.
 */
export const object = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const { id = "", type = "" } = yield* HttpRouter.params
  const found = yield* readObject(open, type, id)
  const etag = `"${found.sha256}"`
  const fresh = rangedObject(found, { etag, contentType: "application/octet-stream", headers: contained })
  return yield* cached({ etag, control: forever(open) }, fresh)
})

/**
 * `POST …/large-blobs` `{want, have, bytes_min}`: 200 `{blobs: [{id, size, url}]}`; 400, 401, 404, 413, 503. The blobs
 * of at least `bytes_min` bytes that a fetch would send (docs/mpack.md, "Large blobs past the hub"); `url` is null if
 * the store cannot sign URLs.
 */
export const largeBlobs = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const wanted = yield* readLargeBlobs(yield* bodyReader(request, fetchBodyBytesMax))
  const blobs = yield* listLargeBlobs(open, wanted)
  return answer(acceptedEncoding(request.headers), {
    blobs: blobs.map(({ id, size, url }) => ({ id, size, url }))
  })
})
