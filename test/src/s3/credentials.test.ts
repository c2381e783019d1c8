/**
 * Credentials that are replaced under a running hub, and a wrong clock. The store refuses and writes nothing, so the
 * request is signed anew and sent once more.
 */
import { assert, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import type { BlobId } from "@musehub/domain/object/Id"
import type { DocumentKey } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Duration, Effect, Logger } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { answer, pass, type Seen } from "../services/FaultyProxy.ts"
import { acquireS3, describeS3, withOtherKeys } from "../services/services.ts"
import { anyRepository, storeBehindProxy } from "./support.ts"

const s3 = await acquireS3()

const utf8 = (text: string) => new TextEncoder().encode(text)
const keyNamed = (name: string): DocumentKey => ({
  kind: "hub",
  collection: "names",
  name: DocumentName.make(name)
})
const absent = { _tag: "Absent" } as const

/** Sets variables of the environment until the scope closes; undefined removes one. */
const withEnvironment = (variables: { readonly [name: string]: string | undefined }) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
      setAll(Object.entries(variables))
      return before
    }),
    (before) => Effect.sync(() => setAll(before))
  )

const setAll = (variables: ReadonlyArray<readonly [name: string, value: string | undefined]>) => {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

/** A credentials file that the chain reads instead of the environment. */
const credentialsFile = (secret: string) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "musehub-credentials-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    )
    const file = join(folder, "credentials")
    yield* withEnvironment({
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined
    })
    return (key: string) =>
      Effect.sync(() =>
        writeFileSync(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`)
      )
  })

/** Refuses what is signed with a key, as a service does that no longer has it. */
const withoutKey = (key: string, code: string) => (seen: Seen) =>
  (seen.headers.authorization ?? "").includes(`Credential=${key}/`) ? answer(403, code) : pass

describeS3("a credentials file that is replaced under a running hub", withOtherKeys(s3), (s3) => {
  const { second = "" } = s3.others ?? {}

  for (const code of ["InvalidAccessKeyId", "ExpiredToken", "SignatureDoesNotMatch"]) {
    it.live(`is read again when the store answers ${code}, and the call goes on`, () =>
      Effect.gen(function* () {
        const write = yield* credentialsFile(s3.secretAccessKey)
        yield* write(s3.accessKeyId)
        const { proxy, store } = yield* storeBehindProxy(s3)
        yield* store.documents.write(keyNamed("before"), utf8("1"), absent)
        proxy.decide(withoutKey(s3.accessKeyId, code))
        yield* write(second)
        // A HEAD is refused without a code.
        assert.strictEqual((yield* Effect.flip(store.head(blobKey()))).message.includes("is not in the store"), true)
        yield* store.documents.write(keyNamed("after"), utf8("2"), absent)
        assert.strictEqual((yield* store.documents.read(keyNamed("before")))._tag, "Found")
        const signed = yield* Effect.fromOption(store.signed)
        const url = yield* signed.downloads.presignGet(blobKey(), Duration.minutes(5))
        assert.include(decodeURIComponent(url), `Credential=${second}/`)
      })
    )
  }

  it.live("is read once for many requests that are refused together", () =>
    Effect.gen(function* () {
      const write = yield* credentialsFile(s3.secretAccessKey)
      yield* write(s3.accessKeyId)
      const { proxy, store } = yield* storeBehindProxy(s3)
      const logged: Array<string> = []
      proxy.decide(withoutKey(s3.accessKeyId, "InvalidAccessKeyId"))
      yield* write(second)
      yield* Effect.forEach(
        Array.from({ length: 16 }, (_, n) => keyNamed(`name-${n}`)),
        (key) => store.documents.write(key, utf8("1"), absent),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(collecting(logged)))
      assert.strictEqual(logged.filter((line) => line.includes("others were found")).length, 1)
    })
  )

  it.live("that still has the refused key is a certain refusal, after one try", () =>
    Effect.gen(function* () {
      const write = yield* credentialsFile(s3.secretAccessKey)
      yield* write(s3.accessKeyId)
      const { proxy, store } = yield* storeBehindProxy(s3)
      proxy.decide(withoutKey(s3.accessKeyId, "InvalidAccessKeyId"))
      const before = proxy.seen.length
      const error = yield* Effect.flip(store.documents.write(keyNamed("name"), utf8("1"), absent))
      assert.isTrue(error._tag === "StoreUnavailable" && error.notWritten && !error.isRetryable)
      assert.strictEqual(proxy.seen.length, before + 1)
    })
  )
})

const blobKey = () => ({
  repository: anyRepository(),
  type: "blob" as const,
  id: blobOf(utf8("nothing")).id as BlobId
})

const collecting = (lines: Array<string>) =>
  Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void lines.push(line))])

/** Makes the clock of this process wrong until the scope closes. */
const clockOffBy = (millis: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const Real = globalThis.Date
      globalThis.Date = class extends Real {
        constructor(...parts: ReadonlyArray<never>) {
          if (parts.length === 0) super(Real.now() + millis)
          else super(...(parts as unknown as [number]))
        }
        static override now() {
          return Real.now() + millis
        }
      } as DateConstructor
      return Real
    }),
    (Real) => Effect.sync(() => void (globalThis.Date = Real))
  )

describeS3("a clock that is one hour off", s3, (s3) => {
  for (const [minutes, said] of [
    [-60, "the clock is 60 minutes behind the store's"],
    [60, "the clock is 60 minutes ahead of the store's"]
  ] as const) {
    it.live(`is corrected at start, for requests and signed URLs, and logged (${minutes} minutes)`, () =>
      Effect.gen(function* () {
        yield* clockOffBy(minutes * 60_000)
        const logged: Array<string> = []
        const { store } = yield* storeBehindProxy(s3).pipe(Effect.provide(collecting(logged)))
        assert.strictEqual(logged.filter((line) => line.includes(said)).length, 1)
        const repository = anyRepository()
        const blob = blobOf(utf8("on time"))
        yield* store.put(repository, blob)
        const { downloads } = yield* Effect.fromOption(store.signed)
        const key = { repository, type: "blob", id: blob.id as BlobId } as const
        const url = yield* downloads.presignGet(key, Duration.minutes(5))
        const read = yield* Effect.promise(async () => (await fetch(url)).text())
        assert.strictEqual(read, "on time")
      })
    )
  }

  it.live("is corrected when it jumps under way, also for a conditional write", () =>
    Effect.gen(function* () {
      const { store } = yield* storeBehindProxy(s3)
      yield* store.documents.write(keyNamed("before"), utf8("1"), absent)
      yield* clockOffBy(3_600_000)
      yield* store.documents.write(keyNamed("after"), utf8("2"), absent)
      assert.strictEqual((yield* store.documents.read(keyNamed("after")))._tag, "Found")
    })
  )
})
