/**
 * Where the hub under load stores its objects: a folder, and an S3 service. The service is the one that
 * MUSEHUB_BENCH_S3_{ENDPOINT,REGION,BUCKET,ACCESS_KEY_ID,SECRET_ACCESS_KEY} names, else one started as for the tests,
 * else none, with the reason.
 */
import { plugin as filePlugin } from "@musehub/adapter-filesystem/plugin"
import { plugin as s3Plugin } from "@musehub/adapter-s3/plugin"
import type { ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { startS3 } from "../../../test/src/services/S3Server.ts"
import type { BareObject } from "./bare/bareObjects.ts"
import { readBareFiles, writeBareFiles } from "./bare/bareFiles.ts"
import { bareS3 } from "./bare/bareS3.ts"

export interface Store {
  readonly name: "files" | "S3"
  /** The name of the baseline. */
  readonly bare: string
  /** Returns the URL of a fresh store under a name. */
  readonly url: (name: string) => Promise<string>
  readonly environment: Readonly<Record<string, string>>
  /** The adapter through which the hub reaches it. */
  readonly adapter: ObjectStorePlugin
  /** Writes and reads the objects without a hub, under a name. */
  readonly write: (name: string, objects: ReadonlyArray<BareObject>) => Promise<void>
  readonly read: (name: string, objects: ReadonlyArray<BareObject>) => Promise<void>
  readonly close: () => Promise<void>
}

export const fileStore = (folder: string): Store => ({
  name: "files",
  bare: "bare fs",
  url: async (name) => {
    await mkdir(folder, { recursive: true })
    return `file:${join(folder, name)}`
  },
  environment: {},
  adapter: filePlugin,
  write: (name, objects) => writeBareFiles(join(folder, name), objects),
  read: (name, objects) => readBareFiles(join(folder, name), objects),
  close: async () => undefined
})

/** The tests' starter reads the tests' variables. */
const adoptVariables = () => {
  for (const name of ["ENDPOINT", "REGION", "BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"]) {
    const value = process.env[`MUSEHUB_BENCH_S3_${name}`]
    if (value !== undefined) process.env[`MUSEHUB_TEST_S3_${name}`] = value
  }
}

/** Starts or finds the service, or gives the reason when there is none. Each run has a prefix of its own. */
export const s3Store = async (): Promise<Store | { readonly skipped: string }> => {
  adoptVariables()
  const { connection, stop } = await startS3()
  if ("skipped" in connection) return connection
  const bare = bareS3(connection)
  const prefix = `bench-${process.pid}`
  const query = new URLSearchParams({ endpoint: connection.endpoint, region: connection.region, path_style: "true" })
  return {
    name: "S3",
    bare: "bare SDK",
    url: async (name) => `s3://${connection.bucket}/${prefix}-${name}?${query}`,
    environment: { AWS_ACCESS_KEY_ID: connection.accessKeyId, AWS_SECRET_ACCESS_KEY: connection.secretAccessKey },
    adapter: s3Plugin,
    write: (name, objects) => bare.write(`${prefix}-${name}`, objects),
    read: (name, objects) => bare.read(`${prefix}-${name}`, objects),
    close: async () => {
      bare.close()
      await stop()
    }
  }
}
