/** A bucket that is emptied, or whose documents are deleted, under a running hub, and one that takes no writes. */
import { assert, it } from "@effect/vitest"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import * as S3ObjectStore from "@musehub/adapter-s3/S3ObjectStore"
import { identityDocument } from "@musehub/domain/port/interpose/identifiedStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Context, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mkdtempSync, rmSync } from "node:fs"
import { afterAll } from "vitest"
import { run } from "../cli/program.ts"
import { environment, serve } from "../cli/start/serving.ts"
import { call, createRepository } from "../e2e/muse/MuseClient.ts"
import { freshDatabase } from "../services/PostgresServer.ts"
import { answer, faultyProxy, pass } from "../services/FaultyProxy.ts"
import { acquirePostgres, acquireS3, describeS3, s3Url } from "../services/services.ts"

const postgresUrl = await acquirePostgres()
const s3 = await acquireS3()
const directory = mkdtempSync(join(tmpdir(), "musehub-s3-identity-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const timeout = 90_000

const credentials = () => ({
  AWS_ACCESS_KEY_ID: process.env["AWS_ACCESS_KEY_ID"] ?? "",
  AWS_SECRET_ACCESS_KEY: process.env["AWS_SECRET_ACCESS_KEY"] ?? ""
})

const bucketOf = Effect.fnUntraced(function* (url: string) {
  const config = yield* Effect.fromResult(parseS3Url(url))
  return Context.get(yield* Layer.build(S3ObjectStore.layer(config)), ObjectStore)
})

describeS3("a bucket that is not the index's", s3, (s3) => {
  it.live(
    "is 503 under a running hub, never 404, and refused at the start",
    () =>
      Effect.gen(function* () {
        const store = s3Url(s3, `identity-${randomUUID()}`)
        const index = yield* freshDatabase(postgresUrl)
        const env = { ...credentials(), MUSEHUB_OBJECT_STORE: store }
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { hub, token, url } = yield* serve(directory, index, env)
            const target = yield* createRepository(url, token, "ada/songs")
            assert.strictEqual((yield* call(target, "GET", "refs")).status, 200)
            const { documents, listRepositories } = yield* bucketOf(store)
            const { items } = yield* listRepositories({ limit: 10 })
            for (const repository of items) yield* documents.delete({ kind: "root", repository })
            assert.strictEqual((yield* call(target, "GET", "refs")).status, 503)
            yield* Effect.promise(() => hub.says("/root"))
            const nothing = { ...target, repository: "ada/nothing" }
            assert.strictEqual((yield* call(nothing, "GET", "refs")).status, 404)
            yield* documents.delete(identityDocument)
            yield* documents.delete({ kind: "hub", collection: "names", name: DocumentName.make("ada.songs") })
            assert.strictEqual((yield* call(nothing, "GET", "refs")).status, 503)
          })
        )
        const { code, stderr } = yield* Effect.promise(() =>
          run(["serve"], { directory, env: { ...environment(index), ...env } })
        )
        assert.strictEqual(code, 2, stderr)
        assert.match(stderr, /the object store is not the one that the index belongs to: s3:.* names no hub/)
      }).pipe(Effect.scoped),
    timeout
  )

  it.live(
    "that takes no writes is served for reading until it does",
    () =>
      Effect.gen(function* () {
        const proxy = yield* faultyProxy(s3.endpoint)
        const store = s3Url({ ...s3, endpoint: proxy.endpoint }, `read-only-${randomUUID()}`)
        const env = { ...credentials(), MUSEHUB_OBJECT_STORE: store }
        const target = yield* Effect.scoped(
          Effect.gen(function* () {
            const { token, url } = yield* serve(directory, "memory:", env)
            return yield* createRepository(url, token, "ada/songs")
          })
        )
        proxy.decide(({ method }) => (method === "GET" || method === "HEAD" ? pass : answer(403, "AccessDenied")))
        const { hub, url } = yield* serve(directory, "memory:", env)
        yield* Effect.promise(() => hub.says("the object store cannot be written: serving for reading"))
        const there = { ...target, url }
        assert.strictEqual((yield* call(there, "GET", "refs")).status, 200)
        const create = (name: string) =>
          Effect.promise(async () => {
            const { status } = await fetch(`${url}/api/v1/repos`, {
              method: "POST",
              headers: { authorization: `Bearer ${String(target.token)}`, "content-type": "application/json" },
              body: JSON.stringify({ owner: "ada", name, initialize: false })
            })
            return status
          })
        assert.strictEqual(yield* create("early"), 503)
        proxy.decide(() => pass)
        yield* Effect.promise(() => hub.says("writes are taken again"))
        assert.strictEqual(yield* create("later"), 201)
      }).pipe(Effect.scoped),
    timeout
  )
})
