/**
 * The policies of docs/deployment.md, "Rights", applied to a bucket of a real service: the hub works with each of them,
 * and without any one of the rights a refusal names it.
 */
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import { layer } from "@musehub/adapter-s3/S3ObjectStore"
import { bytesOf } from "@musehub/contract/StoreSamples"
import { putLargeBlob } from "@musehub/domain/invariant/ObjectWriter"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import type { BlobId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { Context, Effect, Layer, Stream } from "effect"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { afterAll, vi } from "vitest"
import { newRepository, pushSteps, startHub, step } from "../domain/support/hubSamples.ts"
import { limitedUser, type S3Connection, sdkClient } from "../services/S3Server.ts"
import { acquireS3, describeS3, s3Url, withOtherKeys } from "../services/services.ts"
import { anyRepository } from "./support.ts"

const s3 = withOtherKeys(await acquireS3())
afterAll(() => void vi.unstubAllEnvs())

interface Policy {
  readonly Statement: ReadonlyArray<{
    readonly Action: ReadonlyArray<string>
    readonly Resource: ReadonlyArray<string>
  }>
}

/** Reads the policy of this name from the document. */
const documented = (name: string): Policy => {
  const text = readFileSync(new URL("../../../docs/deployment.md", import.meta.url), "utf8")
  const [, json = ""] = new RegExp(`\\(policy \`${name}\`\\)[^]*?\`\`\`json\n([^]*?)\`\`\``).exec(text) ?? []
  return JSON.parse(json) as Policy
}

/** Takes a right away. A user may read objects of their own on some services, unless that is denied. */
const without = ({ Statement, ...rest }: Policy, right: string): Policy => ({
  ...rest,
  Statement: [
    ...Statement.map((statement) => ({ ...statement, Action: statement.Action.filter((action) => action !== right) })),
    ...Statement.map(({ Resource }) => ({ Effect: "Deny", Action: [right], Resource }))
  ].filter(({ Action }) => Action.length > 0)
})

/** A new bucket under this policy, and the URL of a store in it. */
const bucketUnder = (s3: S3Connection, policy: Policy) =>
  Effect.promise(async () => {
    const bucket = `musehub-policy-${randomUUID()}`
    const client = sdkClient(s3)
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    const text = JSON.stringify({
      ...policy,
      Statement: policy.Statement.map((statement) => ({ ...statement, Principal: { AWS: [limitedUser] } }))
    }).replaceAll("my-bucket", bucket)
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: text }))
    client.destroy()
    return s3Url({ ...s3, bucket }, "my-prefix")
  })

/** Opens a store with the limited key. */
const opened = Effect.fnUntraced(function* (s3: S3Connection, policy: Policy) {
  const url = yield* bucketUnder(s3, policy)
  vi.stubEnv("AWS_ACCESS_KEY_ID", s3.others?.limited)
  const context = yield* Layer.build(layer(yield* Effect.fromResult(parseS3Url(url))))
  return Context.get(context, ObjectStore)
})

const probed = (store: ObjectStore["Service"]) => Effect.provideService(probe(), ObjectStore, store)

/** What a hub does with a store: a push, a streamed object in parts, a listing. */
const used = Effect.fnUntraced(function* (store: ObjectStore["Service"]) {
  const hub = yield* startHub({ store })
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [step("first", { "song.txt": "one\n" })])
  // The root that the second one wrote is of no use, and may stay.
  assert.strictEqual((yield* Effect.flip(newRepository(hub)))._tag, "RepositoryNameTaken")
  const large = bytesOf(9 * 1024 * 1024, 3)
  const id = blobOf(large).id as BlobId
  const elsewhere = anyRepository()
  const put = putLargeBlob(elsewhere, blobArriving(id, large.byteLength, Stream.make(large)))
  yield* Effect.provideContext(put, hub.services)
  assert.strictEqual((yield* store.get({ repository: elsewhere, type: "blob", id })).byteLength, large.byteLength)
  assert.strictEqual((yield* store.list(elsewhere, "blob", { limit: 2 })).items.length, 1)
})

describeS3("the rights that docs/deployment.md names", s3, (s3) => {
  it.live("are enough for everything (policy full)", () =>
    Effect.gen(function* () {
      const store = yield* opened(s3, documented("full"))
      assert.deepInclude(yield* probed(store), { fit: true, deletes: true, readsRanges: true, reasons: [] })
      yield* used(store)
    })
  )

  it.live("are enough for all but deleting (policy append-only)", () =>
    Effect.gen(function* () {
      const store = yield* opened(s3, documented("append-only"))
      assert.deepInclude(yield* probed(store), { fit: true, deletes: false, readsRanges: true, reasons: [] })
      yield* used(store)
    })
  )

  for (const right of ["s3:ListBucket", "s3:GetObject", "s3:PutObject"]) {
    it.live(`are all needed: without ${right} the store or its probe is refused, and the refusal names it`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.flatMap(opened(s3, without(documented("full"), right)), probed))
        assert.isTrue(error._tag === "StoreUnavailable" && !error.isRetryable)
        assert.include(inspect(error), `grant ${right}`)
      })
    )
  }
})
