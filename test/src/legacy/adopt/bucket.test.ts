/** A legacy hub whose objects are in a bucket. */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { openLegacyBucket } from "@musehub/adapter-s3/legacyBucket"
import { assert, it } from "@effect/vitest"
import { LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Effect, Result, Stream } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { field, run as musehub } from "../../cli/program.ts"
import { answer, faultyProxy, pass } from "../../services/FaultyProxy.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { type S3Connection, sdkClient } from "../../services/S3Server.ts"
import { acquirePostgres, acquireS3, describeS3, s3Url } from "../../services/services.ts"
import { legacyDatabase, objectsDirectory, run } from "../legacyDatabase.ts"
import { expected } from "../support.ts"

const postgresUrl = await acquirePostgres()
const s3 = await acquireS3()
const directory = mkdtempSync(join(tmpdir(), "musehub-legacy-bucket-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const timeout = 120_000

/** What is taken over. */
const slugs = ["linear", "file-contents"]
const ids = expected.repos.filter(({ slug }) => slugs.includes(slug)).map(({ repo_id }) => repo_id)
const chosen = slugs.flatMap((slug) => ["--repo", `ada/${slug}`])

/** Copies these parts of the sample's folder into the bucket, under `objects/` below a prefix of its own. */
const bucketOf = Effect.fnUntraced(function* (s3: S3Connection) {
  const prefix = `legacy-${randomUUID()}`
  const client = sdkClient(s3)
  const files = readdirSync(objectsDirectory, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && ids.some((id) => file.parentPath.includes(id))
  )
  const put = (name: string, bytes: Uint8Array) =>
    Effect.promise(() =>
      client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `${prefix}/${name}`, Body: bytes }))
    )
  yield* Effect.forEach(
    files,
    ({ name, parentPath }) => {
      const path = join(parentPath, name).slice(objectsDirectory.length).replace(/^\//, "")
      return put(`objects/${path}`, readFileSync(join(parentPath, name)))
    },
    { concurrency: 8, discard: true }
  )
  return { prefix, put }
})

describeS3("a legacy hub with its objects in a bucket", s3, (s3) => {
  it.live(
    "is taken over from there, by the paths of its rows or by those of a folder that was copied",
    () =>
      Effect.gen(function* () {
        const { prefix } = yield* bucketOf(s3)
        const url = yield* legacyDatabase(postgresUrl)
        // Half of the rows say where the hub itself put the bytes.
        yield* run(
          url,
          `UPDATE musehub_objects SET disk_path = 's3://former/' || $1 || '/objects/' || disk_path
           WHERE disk_path NOT LIKE '/%' AND object_id < '8'`,
          [prefix]
        )
        const adopt = (objects: string, ...more: ReadonlyArray<string>) =>
          Effect.gen(function* () {
            const index = yield* freshDatabase(postgresUrl)
            const store = `file:${join(directory, randomUUID())}`
            const env = {
              AWS_ACCESS_KEY_ID: s3.accessKeyId,
              AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
              MUSEHUB_LEGACY_DATABASE: url,
              MUSEHUB_OBJECT_STORE: store,
              MUSEHUB_INDEX: index
            }
            return yield* Effect.promise(() =>
              musehub(["adopt", "--objects", objects, "--json", ...more], { directory, env })
            )
          })
        const adopted = yield* adopt(s3Url(s3, `${prefix}/objects`), ...chosen)
        assert.strictEqual(adopted.code, 0, adopted.stdout + adopted.stderr)
        const counts = field(JSON.parse(adopted.stdout), "repositories") as ReadonlyArray<unknown>
        assert.deepStrictEqual(
          counts.map((each) => field(each, "commits")),
          [2, 3]
        )
        const files = yield* adopt(`file:${objectsDirectory}`, ...chosen)
        assert.strictEqual(files.code, 1)
        assert.include(files.stdout, "its bytes are in a bucket")
        assert.strictEqual((yield* adopt(s3Url({ ...s3, bucket: "nowhere-at-all" }, prefix))).code, 3)
        const refused = yield* adopt("s3://bucket/objects?regoin=x")
        assert.strictEqual(refused.code, 2)
        assert.match(refused.stderr, /^musehub: --objects: /m)
      }).pipe(Effect.scoped),
    timeout
  )

  it.live("does not lead out of a repository's part, and a bucket that fails says nothing of a row", () =>
    Effect.gen(function* () {
      const { prefix, put } = yield* bucketOf(s3)
      const id = randomUUID()
      yield* put(`objects/${id}/a`, new TextEncoder().encode("bytes"))
      const proxy = yield* faultyProxy(s3.endpoint)
      const bucket = yield* openLegacyBucket(s3Url({ ...s3, endpoint: proxy.endpoint }, `${prefix}/objects`))
      for (const path of [`${id}/a`, `/srv/objects/${id}/a`, `s3://other/${id}/a`]) {
        const file = Result.getOrThrow(yield* bucket.file(id, path))
        assert.strictEqual(file.size, 5)
        assert.strictEqual(new TextDecoder().decode(yield* Stream.mkUint8Array(file.content)), "bytes")
      }
      for (const path of [`${id}/b`, `s3://other/${id}/b`]) {
        assert.deepStrictEqual(yield* bucket.file(id, path), Result.fail("its file is not in the bucket"))
      }
      for (const path of ["a", `${id}/../b`, "s3://other/warm-up", `s3://other/${id}/../../warm-up`, "s3://other"]) {
        assert.deepStrictEqual(yield* bucket.file(id, path), Result.fail("its path is none of the bucket's"))
      }
      proxy.decide(() => answer(403, "AccessDenied"))
      const denied = yield* Effect.flip(bucket.file(id, `${id}/a`))
      assert.instanceOf(denied, LegacyUnavailable)
      assert.strictEqual(denied.reason._tag, "Refused")
      proxy.decide(() => pass)
    }).pipe(Effect.scoped)
  )
})
