/**
 * The endpoints that receive blobs ahead of a push (docs/wire.md, section 4): filter-objects, presign, push/objects.
 * Presign serves readers too.
 */
import { missingBlobs } from "@musehub/domain/usecase/push/missingBlobs"
import { presignDownloads } from "@musehub/domain/usecase/fetch/presignDownloads"
import { presignUploads } from "@musehub/domain/usecase/push/presignUploads"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { filterBodyBytesMax, presignBodyBytesMax, pushObjectsBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readPushObjects } from "@musehub/domain/wire/pushObjects"
import { readFilterObjects, readPresign } from "@musehub/domain/wire/requests"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { bodyReader } from "../Body.ts"
import { knownCaller } from "../Caller.ts"
import { acceptedEncoding, answer, longAnswer } from "../Encoding.ts"
import { openTarget } from "./openTarget.ts"

/**
 * `POST …/filter-objects` `{object_ids}`: 200 `{missing: [id]}`; 400, 401, 404, 413. Needs a token and read access: it
 * reveals nothing that a reader could not fetch.
 */
export const filter = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* knownCaller(request.headers, "filter-objects"), "read")
  const { objectIds } = yield* readFilterObjects(yield* bodyReader(request, filterBodyBytesMax))
  return yield* longAnswer(acceptedEncoding(request.headers), { missing: yield* missingBlobs(open, objectIds) })
})

/**
 * `POST …/presign` `{object_ids, direction: "put" | "get"}`: 200 `{presigned: {id: url}, inline: [id]}`; 400, 401, 403,
 * 404, 413, 503. Needs a token; "put" needs write access, "get" needs read access and existing blobs.
 */
export const presign = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const caller = yield* knownCaller(request.headers, "presign")
  // The required access depends on the request.
  const { direction, objectIds } = yield* readPresign(yield* bodyReader(request, presignBodyBytesMax))
  const { presigned, inline } =
    direction === "put"
      ? yield* presignUploads(yield* openTarget(caller, "write"), objectIds)
      : yield* presignDownloads(yield* openTarget(caller, "read"), objectIds)
  return yield* longAnswer(acceptedEncoding(request.headers), { presigned, inline })
})

/**
 * `POST …/push/objects` `{objects: [{object_id, content}]}`: 200 `{stored, skipped}`; 400, 401, 403, 404, 413, 422,
 * 503. Streams.
 */
export const pushObjects = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* knownCaller(request.headers, "push"), "upload")
  const reader = yield* bodyReader(request, pushObjectsBodyBytesMax)
  const { skipped, stored } = yield* uploadBlobs(open, (take) =>
    readPushObjects(reader, ({ objectId, size, content }) => take({ id: objectId, size, content }))
  )
  return answer(acceptedEncoding(request.headers), { stored, skipped })
})
