/**
 * The configuration in an `s3:` URL: bucket, prefix, and how to reach the service. Everything is checked here, before
 * any request; an unknown parameter is refused, since a misspelt one would silently mean the default. Credentials come
 * from the standard AWS chain and never from the URL, so no URL is a secret.
 */
import { unknownField } from "@musehub/domain/base/fieldErrors"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Result } from "effect"

/** How to reach one bucket. */
export interface S3Config {
  readonly bucket: string
  /** Empty, or a path that ends in `/`; precedes every key. */
  readonly prefix: string
  /** Without a trailing slash; absent for AWS itself. */
  readonly endpoint: string | undefined
  /** The endpoint of URLs that are signed for clients, without a trailing slash; absent if it is the same. */
  readonly publicEndpoint: string | undefined
  /** Absent to use the region of the AWS environment. */
  readonly region: string | undefined
  /** Whether the bucket is in the path instead of the host name. */
  readonly pathStyle: boolean
  /** Whether clients may be given signed URLs; not if they cannot reach the endpoint. */
  readonly presign: boolean
  /** The most concurrent requests. */
  readonly concurrency: number
  /** The time limit of one attempt, without the time for transferring its bytes. */
  readonly timeoutMillis: number
  /** A put that finds an object older than this writes it anew, so that garbage collection by age keeps it. */
  readonly refreshAgeMillis: number
}

/** The form of the URL, for `--help`. */
export const usage =
  "s3://bucket/prefix[?endpoint=https://host:port][&region=name]" +
  "[&path_style=true|false][&presign=true|false][&public_endpoint=https://host:port]" +
  "[&concurrency=1..1024][&timeout_millis=100..600000]"

const defaultConcurrency = 64
const defaultTimeoutMillis = 30_000
const refreshAgeMillis = 24 * 60 * 60 * 1000

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Characters that mean the same in a key, a URL and a signature, in any encoding. */
const prefixPattern = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/
const prefixLengthMax = 512
const regionPattern = /^[A-Za-z0-9-]{1,64}$/
const parameters = new Set([
  "endpoint",
  "public_endpoint",
  "region",
  "path_style",
  "presign",
  "concurrency",
  "timeout_millis"
])

/** Parses an `s3:` URL. The reasons for a refusal never repeat what could be a secret. */
export const parseS3Url = (url: string): Result.Result<S3Config, ConfigurationRefused> => {
  if (!URL.canParse(url)) return refuse(`not a URL; expected ${usage}`)
  const parsed = new URL(url)
  if (parsed.protocol !== "s3:") return refuse(`not an s3: URL; expected ${usage}`)
  if (parsed.username !== "" || parsed.password !== "") {
    return refuse("credentials do not belong in the URL; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile")
  }
  if (parsed.hash !== "") return refuse("a # part has no meaning here")
  if (parsed.port !== "") return refuse("a port belongs to endpoint=, not to the bucket")
  const bucket = parsed.hostname
  if (!bucketPattern.test(bucket)) return refuse("the bucket needs 3 to 63 lower-case letters, digits, '.' or '-'")

  const path = parsed.pathname.replace(/^\//, "").replace(/\/$/, "")
  if (path.length > prefixLengthMax) return refuse(`the prefix is longer than ${prefixLengthMax} characters`)
  // Parsing resolves `..`, which would silently mean another prefix than the one typed.
  const asTyped = (url.split(/[?#]/, 1)[0] ?? "").endsWith(bucket + parsed.pathname)
  if (!asTyped || (path !== "" && !prefixPattern.test(path))) {
    return refuse("the prefix may hold letters, digits, '_', '.', '-' and single '/', and no '.' or '..' as a folder")
  }

  const query = parsed.searchParams
  for (const name of query.keys()) {
    if (!parameters.has(name)) {
      // Another name may be a part of a secret that was not escaped.
      const shown = /^[a-z_]{1,40}$/i.test(name) ? name : "a parameter"
      return refuse(`${shown} ${unknownField([...parameters], "parameter")}`)
    }
    if (query.getAll(name).length > 1) return refuse(`${name} is given more than once`)
  }
  const endpoint = query.get("endpoint")
  if (endpoint !== null && !isEndpoint(endpoint)) {
    return refuse("endpoint must be http:// or https:// with a host, without credentials, query or #")
  }
  const publicEndpoint = query.get("public_endpoint")
  if (publicEndpoint !== null && !isEndpoint(publicEndpoint)) {
    return refuse("public_endpoint must be http:// or https:// with a host, without credentials, query or #")
  }
  const region = query.get("region")
  if (region !== null && !regionPattern.test(region)) return refuse("region must be letters, digits and '-'")
  // Services other than AWS seldom have a host name for each bucket.
  const pathStyle = boolean(query.get("path_style"), endpoint !== null)
  if (pathStyle === undefined) return refuse("path_style must be true or false")
  const presign = boolean(query.get("presign"), true)
  if (presign === undefined) return refuse("presign must be true or false")
  if (publicEndpoint !== null && !presign) {
    return refuse("public_endpoint is for signed URLs, which presign=false switches off; leave one of them out")
  }
  const concurrency = integer(query.get("concurrency"), defaultConcurrency, 1, 1024)
  if (concurrency === undefined) return refuse("concurrency must be a whole number from 1 to 1024")
  const timeoutMillis = integer(query.get("timeout_millis"), defaultTimeoutMillis, 100, 600_000)
  if (timeoutMillis === undefined) return refuse("timeout_millis must be a whole number from 100 to 600000")

  return Result.succeed({
    bucket,
    prefix: path === "" ? "" : `${path}/`,
    endpoint: endpoint?.replace(/\/+$/, ""),
    publicEndpoint: publicEndpoint?.replace(/\/+$/, ""),
    region: region ?? undefined,
    pathStyle,
    presign,
    concurrency,
    timeoutMillis,
    refreshAgeMillis
  })
}

/** Returns where the bytes are stored, for messages. */
export const locationOf = (config: S3Config): string =>
  `s3://${config.bucket}/${config.prefix.replace(/\/$/, "")}` +
  (config.endpoint === undefined ? "" : ` (${config.endpoint})`)

const refuse = (reason: string): Result.Result<never, ConfigurationRefused> =>
  Result.fail(new ConfigurationRefused({ setting: "object store URL", reason }))

const isEndpoint = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.hostname !== "" &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === ""
  )
}

const boolean = (text: string | null, otherwise: boolean): boolean | undefined => {
  if (text === null) return otherwise
  return text === "true" || text === "false" ? text === "true" : undefined
}

const integer = (text: string | null, otherwise: number, least: number, most: number): number | undefined => {
  if (text === null) return otherwise
  if (!/^[0-9]{1,9}$/.test(text)) return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}
