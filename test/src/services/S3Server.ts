/**
 * A real S3 service for tests: the one that `MUSEHUB_TEST_S3_*` names, else MinIO in Docker, else Ceph RGW where its
 * programs are installed, else none, with the reason. `globalSetup.ts` starts it once, when the first test asks.
 */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3"
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** The service's address, and an existing bucket. */
export interface S3Connection {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Further keys with the same secret, on a service that the tests administer. */
  readonly others?: {
    /** Another key of the bucket's owner. */
    readonly second: string
    /** A key of `limitedUser`, who may do what the bucket's policy grants. */
    readonly limited: string
  }
}

/** The principal of the limited key in a bucket's policy. */
export const limitedUser = "arn:aws:iam:::user/limited"

/** The reason why there is no service. */
export interface Skipped {
  readonly skipped: string
}

/** A service that was started or found, and how to end it. */
export interface Started<A> {
  readonly connection: A | Skipped
  readonly stop: () => Promise<void>
}

/** Finds or starts an S3 service; see the order above. */
export const startS3 = async (): Promise<Started<S3Connection>> =>
  fromEnvironment() ?? (await fromDocker()) ?? (await fromCeph())

const bucket = "musehub-test"
const variables = ["ENDPOINT", "REGION", "BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"] as const
const nothingToStop = () => Promise.resolve()

const fromEnvironment = (): Started<S3Connection> | undefined => {
  const [endpoint, region, bucket, accessKeyId, secretAccessKey] = variables.map(
    (name) => process.env[`MUSEHUB_TEST_S3_${name}`]
  )
  if (endpoint === undefined) return undefined
  if (bucket === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error(`MUSEHUB_TEST_S3_ENDPOINT needs MUSEHUB_TEST_S3_{${variables.slice(2).join(",")}} as well`)
  }
  return {
    connection: { endpoint, region: region ?? "us-east-1", bucket, accessKeyId, secretAccessKey },
    stop: nothingToStop
  }
}

/** The last image that MinIO published; it checks signatures, conditions and checksums. */
const minioImage = "minio/minio:RELEASE.2025-09-07T16-13-09Z"

const fromDocker = async (): Promise<Started<S3Connection> | undefined> => {
  // Loading testcontainers to learn that there is no engine would cost more than a second.
  if (process.env["DOCKER_HOST"] === undefined && !existsSync("/var/run/docker.sock")) return undefined
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import("testcontainers")
  const engine = await getContainerRuntimeClient().catch(() => undefined)
  if (engine === undefined) return undefined
  const credentials = { accessKeyId: "musehub-key", secretAccessKey: "musehub-test-secret" }
  const container = await new GenericContainer(minioImage)
    .withEnvironment({ MINIO_ROOT_USER: credentials.accessKeyId, MINIO_ROOT_PASSWORD: credentials.secretAccessKey })
    .withCommand(["server", "/data"])
    .withExposedPorts(9000)
    .withWaitStrategy(Wait.forHttp("/minio/health/ready", 9000))
    .start()
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(9000)}`
  const connection = { endpoint, region: "us-east-1", bucket, ...credentials }
  await createBucket(connection)
  return { connection, stop: async () => void (await container.stop()) }
}

const script = fileURLToPath(new URL("../../scripts/ceph-rgw.sh", import.meta.url))
const cephStartMillisMax = 90_000

const fromCeph = async (): Promise<Started<S3Connection>> => {
  const check = spawnSync("bash", [script, "check"], { encoding: "utf8" })
  if (check.status !== 0) {
    const reason = check.stderr.trim() || check.error?.message || "no bash"
    return { connection: { skipped: `no MUSEHUB_TEST_S3_ENDPOINT, no Docker engine, ${reason}` }, stop: nothingToStop }
  }
  // A process group of its own, so that Ctrl-C reaches it through us, after the tests have ended. It ends when its
  // input closes.
  const server = spawn("bash", [script, "serve"], { detached: true, stdio: ["pipe", "pipe", "pipe"] })
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()))
  const stop = () => {
    server.stdin.end()
    return ended
  }
  let complaint = ""
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000)
  })
  const said = new Map<string, string>()
  const ready = await Promise.race([
    (async () => {
      for await (const line of createInterface({ input: server.stdout })) {
        if (line === "ready") return true
        const [name = "", value = ""] = line.split("=", 2)
        said.set(name, value)
      }
      return false
    })(),
    new Promise<false>((resolve) => setTimeout(resolve, cephStartMillisMax, false).unref())
  ])
  const endpoint = said.get("ENDPOINT")
  if (!ready || endpoint === undefined) {
    await stop()
    throw new Error(`Ceph RGW did not start: ${complaint}`)
  }
  const connection = {
    endpoint,
    region: said.get("REGION") ?? "",
    bucket,
    accessKeyId: said.get("ACCESS_KEY_ID") ?? "",
    secretAccessKey: said.get("SECRET_ACCESS_KEY") ?? "",
    others: { second: said.get("SECOND_ACCESS_KEY_ID") ?? "", limited: said.get("LIMITED_ACCESS_KEY_ID") ?? "" }
  }
  await createBucket(connection)
  return { connection, stop }
}

/** A client of the plain SDK, to inspect the service without the adapter. */
export const sdkClient = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Connection): S3Client =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED"
  })

/**
 * Also writes once in both ways: Ceph creates its pools at the first write, which takes seconds that tests would wait.
 */
const createBucket = async (connection: S3Connection): Promise<void> => {
  const client = sdkClient(connection)
  const at = { Bucket: connection.bucket, Key: "warm-up" }
  await client.send(new CreateBucketCommand({ Bucket: connection.bucket }))
  await client.send(new PutObjectCommand({ ...at, Body: "warm" }))
  await client.send(new DeleteObjectCommand(at))
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId }))
  client.destroy()
}
