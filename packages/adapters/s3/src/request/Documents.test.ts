/** Compare-and-set on services that spell conditions differently; `test/` runs against real services. */
import { HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3"
import { DocumentVersion } from "@musehub/domain/port/ObjectStore"
import { Effect, Option, Result } from "effect"
import { describe, expect, it } from "vitest"
import { standardDialect } from "../Dialect.ts"
import { writeDocument } from "./Documents.ts"
import type { S3Connection, Send } from "../S3Connection.ts"
import { parseS3Url } from "../S3Config.ts"
import { faultOf, type S3Fault } from "../S3Fault.ts"

/** Fakes a service with one document, which compares If-Match with what `spell` makes of the ETag. */
const service = (spell: (etag: string) => string) => {
  const requests: Array<string> = []
  let etag = '"0"'
  const answer = (command: unknown): { readonly ETag: string } => {
    if (command instanceof HeadObjectCommand) {
      requests.push("HEAD")
      return { ETag: etag }
    }
    if (!(command instanceof PutObjectCommand)) throw new Error("not a request of a document")
    requests.push(`PUT ${command.input.IfMatch}`)
    if (command.input.IfMatch !== spell(etag)) {
      throw Object.assign(new Error("refused"), { name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } })
    }
    etag = `"${Number(etag.slice(1, -1)) + 1}"`
    return { ETag: etag }
  }
  const client = { send: (command: unknown) => Promise.resolve().then(() => answer(command)) } as unknown as S3Client
  const attempt = <A>(send: Send<A>): Effect.Effect<A, S3Fault> =>
    Effect.tryPromise({ try: (abortSignal) => send(client, { abortSignal }), catch: faultOf })
  const connection: S3Connection = {
    config: Result.getOrThrow(parseS3Url("s3://bucket")),
    client,
    signer: client,
    attempt,
    idempotent: attempt,
    openBody: Effect.die("no body is read")
  }
  const dialect = standardDialect()
  const replace = (version: string): Promise<string | undefined> =>
    Effect.runPromise(
      Effect.map(
        writeDocument(connection, dialect, "root", new Uint8Array(1), {
          _tag: "Version",
          version: DocumentVersion.make(version)
        }),
        Option.getOrUndefined
      )
    )
  return { requests, replace }
}

describe("replacing a document", () => {
  it("takes one request on a service with standard conditions, also for a lost race", async () => {
    const { requests, replace } = service((etag) => etag)
    expect(await replace('"0"')).toBe('"1"')
    expect(await replace('"0"')).toBeUndefined()
    expect(await replace('"1"')).toBe('"2"')
    expect(requests).toEqual(['PUT "0"', 'PUT "0"', 'PUT "1"'])
  })

  it("learns once that a service expects no quotes", async () => {
    const { requests, replace } = service((etag) => etag.slice(1, -1))
    expect(await replace('"0"')).toBe('"1"')
    expect(await replace('"1"')).toBe('"2"')
    expect(await replace('"1"')).toBeUndefined()
    expect(requests).toEqual(['PUT "0"', "HEAD", "PUT 0", "PUT 1", "PUT 1"])
  })

  it("does not take an initial lost race for another spelling", async () => {
    const { requests, replace } = service((etag) => etag)
    expect(await replace('"7"')).toBeUndefined()
    expect(await replace('"0"')).toBe('"1"')
    expect(requests).toEqual(['PUT "7"', "HEAD", 'PUT "0"'])
  })
})
