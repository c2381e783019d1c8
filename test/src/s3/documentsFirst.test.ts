/** A store whose objects come slowly, as when many clones read them: documents are read meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import * as S3ObjectStore from "@musehub/adapter-s3/S3ObjectStore"
import { BlobId, RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { vi } from "vitest"

/** Answers everything but objects, for which it makes the client wait. */
const slowObjects = Effect.acquireRelease(
  Effect.promise(async () => {
    let waiting = 0
    const server = createServer((request, response) => {
      if (request.url?.includes("/blobs/") === true) waiting += 1
      else if (request.url?.includes("list-type=2") === true) response.writeHead(200).end("<ListBucketResult/>")
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { server, url, waiting: () => waiting }
  }),
  ({ server }) =>
    Effect.promise(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    })
)

describe("reads of many objects at once", () => {
  it.live("leave requests to S3 for documents, so that refs do not wait behind clones", () =>
    Effect.gen(function* () {
      vi.stubEnv("AWS_ACCESS_KEY_ID", "key")
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret")
      const { url, waiting } = yield* slowObjects
      const query = new URLSearchParams({ endpoint: url, region: "here", path_style: "true", concurrency: "8" })
      const config = yield* Effect.fromResult(parseS3Url(`s3://bucket?${query}`))
      yield* Effect.gen(function* () {
        const store = yield* ObjectStore
        const repository = RepositoryId.make(randomUUID())
        const id = BlobId.make("1".repeat(64))
        for (let clone = 0; clone < 20; clone++) {
          yield* Effect.forkScoped(store.get({ repository, type: "blob", id }))
        }
        while (waiting() === 0) yield* Effect.sleep(10)
        const read = store.documents.read({ kind: "root", repository })
        assert.strictEqual((yield* Effect.timeout(read, "10 seconds"))._tag, "Absent")
        assert.isAtMost(waiting(), 6, "three quarters of the requests")
      }).pipe(Effect.provide(Layer.fresh(S3ObjectStore.layer(config))))
    }).pipe(Effect.scoped, Effect.ensuring(Effect.sync(() => vi.unstubAllEnvs())))
  )
})
