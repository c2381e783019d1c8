/**
 * The connection to one bucket: the SDK's client with bounded sockets, one semaphore for all requests, one time limit
 * per attempt, and all retries. The SDK's own retries are off: they would send a conditional write twice and report the
 * second answer, which may be about the success of the first.
 */
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { Buffer } from "node:buffer"
import { Duration, Effect, Schedule, type Scope, Semaphore } from "effect"
import { type Credentials, openCredentials } from "./Credentials.ts"
import type { S3Config } from "./S3Config.ts"
import { faultOf, type FaultKind, isNamed, isRetryable, passing, permanent, type S3Fault } from "./S3Fault.ts"
import { clockOffsetMillis, watchClock } from "./StoreClock.ts"

/** The signal that cancels a request. */
export interface RequestOptions {
  readonly abortSignal: AbortSignal
}

/** Sends one request through the SDK. */
export type Send<A> = (client: S3Client, options: RequestOptions) => Promise<A>

export interface S3Connection {
  readonly config: S3Config
  readonly client: S3Client
  /** The client that signs URLs for others, with the endpoint that they use. */
  readonly signer: S3Client
  /**
   * Sends one request in one attempt. `bytes` is the size of its transfer, in either direction; it extends the time
   * limit. A request that certainly wrote nothing, since it was signed with a wrong time or with credentials that were
   * replaced, is signed anew and sent once more.
   */
  readonly attempt: <A>(send: Send<A>, bytes?: number) => Effect.Effect<A, S3Fault>
  /** Sends a request that may arrive twice, with retries. `also` names further faults to retry. */
  readonly idempotent: <A>(
    send: Send<A>,
    options?: { readonly bytes?: number; readonly also?: ReadonlyArray<FaultKind> }
  ) => Effect.Effect<A, S3Fault>
  /**
   * Takes a place for one body that is read slowly, outside the request limit; `free` or the end of the scope frees it.
   */
  readonly openBody: Effect.Effect<{ readonly free: Effect.Effect<void> }, S3Fault, Scope.Scope>
}

/**
 * One connection, for what is read one by one and for what is read by the thousand. `bulk`, for objects and packs,
 * leaves some of the concurrent requests to the others, so that refs never wait behind clones.
 */
export interface S3Connections {
  readonly single: S3Connection
  readonly bulk: S3Connection
}

const connectionTimeoutMillis = 5_000
/**
 * How long a connection stays open when idle. It must close before the service closes it, or a write with one attempt
 * would go into a closed connection.
 */
const idleSocketMillisMax = 10_000
/** The slowest transfer that the time limit allows. */
const bytesPerMilliMin = 256
/** The largest request that counts as a short one, such as a read of a root. */
const shortBytesMax = 256 * 1024
/** The share of the concurrent requests that objects and packs may take, so that documents never wait for them. */
const bulkShareMax = 3 / 4
/** The share of the concurrent requests that long ones may take, so that they never keep short ones waiting. */
const longShareMax = 1 / 2
/** How many bodies may be read slowly for each concurrent request; each keeps its socket. */
const openBodiesPerRequest = 4

const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 5, duration: "1 minute" })
)

/** Opens the connection and checks that the bucket exists and may be used. */
export const connect = Effect.fn("S3Connection.connect")(function* (
  config: S3Config
): Effect.fn.Return<S3Connections, S3Fault, Scope.Scope> {
  const credentials = yield* openCredentials(regionOf(config))
  const open = (endpoint: string | undefined) =>
    Effect.acquireRelease(
      Effect.sync(() => clientOf(config, endpoint, credentials)),
      (client) => Effect.sync(() => client.destroy())
    )
  const client = yield* open(config.endpoint)
  const signer = config.publicEndpoint === undefined ? client : yield* open(config.publicEndpoint)
  const clock = watchClock(client)
  const requests = Semaphore.makeUnsafe(config.concurrency)
  const shareOf = (part: number) => Semaphore.makeUnsafe(Math.max(1, Math.floor(config.concurrency * part)))
  const bulkRequests = shareOf(bulkShareMax)
  const longRequests = shareOf(longShareMax)
  const bodies = Semaphore.makeUnsafe(config.concurrency * openBodiesPerRequest)

  const isSignedWrongly = ({ outcome, remedy }: S3Fault, offset: number, generation: number) => {
    if (outcome !== "not written") return Effect.succeed(false)
    if (clock.wasWrong(offset)) return Effect.succeed(true)
    return remedy === "new credentials" ? credentials.renewed(generation) : Effect.succeed(false)
  }

  const attemptOf =
    (isBulk: boolean): S3Connection["attempt"] =>
    (send, bytes = 0) => {
      const duration = Duration.millis(config.timeoutMillis + Math.ceil(bytes / bytesPerMilliMin))
      const request = Effect.tryPromise({ try: (abortSignal) => send(client, { abortSignal }), catch: faultOf }).pipe(
        Effect.timeoutOrElse({
          duration,
          orElse: () => Effect.fail(passing("TimeoutError", `no answer within ${Duration.toMillis(duration)} ms`))
        }),
        requests.withPermit,
        Effect.ensuring(clock.notice)
      )
      const signedAnew = Effect.suspend(() => {
        const [offset, generation] = [clockOffsetMillis(client), credentials.generation()]
        return Effect.catch(request, (found) =>
          Effect.flatMap(isSignedWrongly(found, offset, generation), (wrongly) =>
            wrongly ? request : Effect.fail(found)
          )
        )
      })
      const shared = isBulk ? bulkRequests.withPermit(signedAnew) : signedAnew
      return bytes > shortBytesMax ? longRequests.withPermit(shared) : shared
    }

  const retrying =
    (attempt: S3Connection["attempt"]): S3Connection["idempotent"] =>
    (send, options) =>
      attempt(send, options?.bytes).pipe(
        Effect.retry({
          schedule: backoff,
          while: (fault) => isRetryable(fault) || (options?.also?.includes(fault.kind) ?? false)
        })
      )

  const openBody = Effect.acquireRelease(
    bodies.take(1).pipe(
      Effect.timeoutOrElse({
        duration: config.timeoutMillis,
        orElse: () => Effect.fail(passing("TooManyReaders", "too many objects are being read slowly"))
      }),
      Effect.map(() => {
        let held = true
        const free = Effect.suspend(() => {
          if (!held) return Effect.void
          held = false
          return Effect.asVoid(bodies.release(1))
        })
        return { free }
      })
    ),
    ({ free }) => free,
    { interruptible: true }
  )

  const through = (attempt: S3Connection["attempt"]): S3Connection => ({
    config,
    client,
    signer,
    attempt,
    idempotent: retrying(attempt),
    openBody
  })
  const connections: S3Connections = { single: through(attemptOf(false)), bulk: through(attemptOf(true)) }

  // A listing and no HEAD, whose answer has no body and so cannot say why it was refused.
  const listing = new ListObjectsV2Command({ Bucket: config.bucket, Prefix: config.prefix, MaxKeys: 1 })
  yield* connections.single
    .idempotent((client, options) => client.send(listing, options))
    .pipe(Effect.mapError((found) => withStatusExplained(config.bucket, found)))
  return connections
})

/** Explains a refusal of the bucket by its status where the answer names no code, as that of a web server. */
const withStatusExplained = (bucket: string, found: S3Fault): S3Fault => {
  if (isNamed(found)) return found
  switch (found.status) {
    case 301:
    case 307:
      return permanent(found.code, `the bucket ${bucket} is in another region; set region=`)
    case 403:
      return permanent("AccessDenied", `AccessDenied: these credentials may not use the bucket ${bucket}`)
    case 404:
      return permanent("NoSuchBucket", `NoSuchBucket: there is no bucket ${bucket}`)
    default:
      return found
  }
}

const regionOf = ({ endpoint, region }: S3Config): string | undefined =>
  region ?? (endpoint === undefined ? undefined : (environmentRegion() ?? "us-east-1"))

const clientOf = (config: S3Config, endpoint: string | undefined, credentials: Credentials): S3Client => {
  const agent = {
    keepAlive: true,
    maxSockets: config.concurrency * (1 + openBodiesPerRequest),
    timeout: idleSocketMillisMax
  }
  const region = regionOf(config)
  const client = new S3Client({
    credentials: credentials.provider,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: config.pathStyle,
    maxAttempts: 1,
    // More breaks services other than AWS, and puts the checksum of an empty body into presigned URLs.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // The SDK opens a new connection for each request that waits for 100 Continue.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: connectionTimeoutMillis,
      // An idle limit on the socket would cut off a slow reader; attempts and bodies have limits of their own.
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent
    }
  })
  signPromisedHash(client)
  return client
}

const environmentRegion = (): string | undefined => process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"]

/**
 * Uses the SHA-256 that a request promises as the payload hash of its signature as well. So the body is hashed once,
 * and a service that ignores `x-amz-checksum-sha256` still refuses bytes that changed in transit.
 */
const signPromisedHash = (client: S3Client): void => {
  client.middlewareStack.add(
    (next) => (args) => {
      const promised = "ChecksumSHA256" in args.input ? args.input.ChecksumSHA256 : undefined
      if (promised !== undefined && hasHeaders(args.request)) {
        args.request.headers["x-amz-content-sha256"] = Buffer.from(promised, "base64").toString("hex")
      }
      return next(args)
    },
    { step: "build", name: "signPromisedHash" }
  )
}

const hasHeaders = (request: unknown): request is { readonly headers: Record<string, string> } =>
  typeof request === "object" && request !== null && "headers" in request && typeof request.headers === "object"
