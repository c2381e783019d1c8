/** Support for the S3 tests: a store of its own per test, behind a proxy that can fail requests. */
import { parseS3Url, type S3Config } from "@musehub/adapter-s3/S3Config"
import { layer } from "@musehub/adapter-s3/S3ObjectStore"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { type FaultyProxy, faultyProxy } from "../services/FaultyProxy.ts"
import type { S3Connection } from "../services/S3Server.ts"
import { s3Url } from "../services/services.ts"

export const anyRepository = (): RepositoryId => RepositoryId.make(randomUUID())

/** Limits that make waiting for a lost answer cheap. */
export const impatient = { timeout_millis: "1000" }

/** A store under a fresh prefix, through a proxy that passes everything until a test scripts it. */
export const storeBehindProxy = (
  s3: S3Connection,
  parameters: Record<string, string> = {},
  adjust: Partial<S3Config> = {}
): Effect.Effect<
  { readonly store: ObjectStore["Service"]; readonly proxy: FaultyProxy; readonly prefix: string },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const proxy = yield* faultyProxy(s3.endpoint)
    const prefix = `test-${randomUUID()}`
    const config = yield* Effect.fromResult(parseS3Url(s3Url({ ...s3, endpoint: proxy.endpoint }, prefix, parameters)))
    const context = yield* Layer.build(layer({ ...config, ...adjust }))
    return { store: Context.get(context, ObjectStore), proxy, prefix }
  }).pipe(Effect.orDie)
