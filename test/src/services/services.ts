/**
 * Asks the run's `globalSetup.ts` for a service. The first test to ask waits for its start; a service may be
 * unavailable.
 */
import { describe, expect, inject, it } from "vitest"
import type { PostgresConnection } from "./PostgresServer.ts"
import type { ProgramConnection } from "./Program.ts"
import type { S3Connection, Skipped } from "./S3Server.ts"

declare module "vitest" {
  interface ProvidedContext {
    services: string
  }
}

const ask = async <A>(name: string): Promise<A | Skipped> => {
  const answer = await fetch(`${inject("services")}/${name}`)
  if (!answer.ok) throw new Error(`the service ${name} did not start: ${await answer.text()}`)
  return (await answer.json()) as A | Skipped
}

/** Returns the S3 service of this test run, and sets its credentials where the AWS chain finds them. */
export const acquireS3 = async (): Promise<S3Connection | Skipped> => {
  const s3 = await ask<S3Connection>("s3")
  if (!("skipped" in s3)) {
    process.env["AWS_ACCESS_KEY_ID"] = s3.accessKeyId
    process.env["AWS_SECRET_ACCESS_KEY"] = s3.secretAccessKey
  }
  return s3
}

/** Returns the URL of this test run's Postgres, for `freshDatabase`. */
export const acquirePostgres = async (): Promise<string> => {
  const postgres = await ask<PostgresConnection>("postgres")
  if ("skipped" in postgres) throw new Error(`no Postgres: ${postgres.skipped}`)
  return postgres.url
}

/** Returns the file of the program, for Node to run. */
export const acquireProgram = async (): Promise<string> => {
  const program = await ask<ProgramConnection>("program")
  if ("skipped" in program) throw new Error(`no program: ${program.skipped}`)
  return program.main
}

/** Returns the URL of a store under a prefix of its own. */
export const s3Url = (s3: S3Connection, prefix: string, parameters: Record<string, string> = {}): string => {
  const { bucket, endpoint, region } = s3
  return `s3://${bucket}/${prefix}?${new URLSearchParams({ endpoint, region, path_style: "true", ...parameters })}`
}

/** Makes the service count as absent where the tests have no further keys of it. */
export const withOtherKeys = (s3: S3Connection | Skipped): S3Connection | Skipped =>
  "skipped" in s3 || s3.others !== undefined
    ? s3
    : { skipped: "the tests cannot create keys of this S3 service; they can of Ceph RGW" }

/** Registers tests that need S3; without S3, one skipped test names the reason. */
export const describeS3 = (name: string, s3: S3Connection | Skipped, tests: (s3: S3Connection) => void): void => {
  const register =
    "skipped" in s3 ? () => it.runIf(false)(`needs S3 (${s3.skipped})`, () => expect.unreachable()) : () => tests(s3)
  describe(`${name}`, () => void register())
}
