/**
 * Parses a `postgres://` URL as libpq does. All of it except host, port and database may be secret, so messages and
 * locations contain nothing else of it, even if the URL is refused. A parameter that the hub cannot obey is refused by
 * name: one that is passed over could mean a connection without the protection that it asks for.
 */
import type { PgConnection } from "@effect/sql-pg"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { expected } from "@musehub/domain/base/expected"
import { unknownField } from "@musehub/domain/base/fieldErrors"
import { Effect, Redacted, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { connect } from "./connection/connect.ts"
import { pacedSocket } from "./connection/pacedSocket.ts"
import { type TlsRequest, tlsModes, tlsVersions } from "./connection/Tls.ts"

export interface PostgresTarget {
  /** Finds out how the server takes connections. Reads the files that the URL names. */
  readonly connect: () => Effect.Effect<PgConnection.Config, ConfigurationRefused | SqlError>
  /** Host, port and database, for messages. */
  readonly location: string
  /** The size of the pool of connections. */
  readonly maxConnections: number
}

export const usage = "postgres://user:password@host:5432/database?max_connections=10&sslmode=verify-full&sslrootcert=…"

const maxConnectionsDefault = 10
const maxConnectionsLimit = 1000
const connectSecondsDefault = 5

const pattern = (wanted: string, form: RegExp) => ({ wanted, form })
const oneOf = (...values: ReadonlyArray<string>) =>
  pattern(values.join(" or "), new RegExp(`^(?:${values.map((value) => value.replaceAll(".", "\\.")).join("|")})$`))
const anyText = pattern("a text", /^[^\0]+$/)
const anyFile = pattern("a file", /^[^\0]+$/)

/**
 * The parameters that are obeyed, with the values that are. Where libpq knows more values, these are the ones that the
 * hub and its driver can keep.
 */
const parameters = {
  host: pattern("one host, or the folder of a socket", /^[^\0,]+$/),
  port: pattern("a whole number from 1 to 65535", /^[1-9]\d{0,4}$/),
  dbname: anyText,
  user: anyText,
  password: anyText,
  application_name: anyText,
  options: anyText,
  connect_timeout: pattern("a whole number of seconds", /^\d{1,6}$/),
  client_encoding: oneOf("UTF8", "UTF-8", "utf8", "auto"),
  sslmode: oneOf(...tlsModes),
  ssl: oneOf("true"),
  sslrootcert: pattern("a file, or system", anyFile.form),
  sslcert: anyFile,
  sslkey: anyFile,
  sslpassword: anyText,
  sslcrl: anyFile,
  ssl_min_protocol_version: oneOf(...tlsVersions),
  ssl_max_protocol_version: oneOf(...tlsVersions),
  sslsni: oneOf("1"),
  sslcompression: oneOf("0"),
  sslnegotiation: oneOf("postgres"),
  channel_binding: oneOf("prefer", "disable"),
  gssencmode: oneOf("prefer", "disable"),
  target_session_attrs: oneOf("any"),
  max_connections: pattern(`a whole number from 1 to ${maxConnectionsLimit}`, /^[1-9]\d{0,3}$/)
}

type Parameter = keyof typeof parameters
type Given = ReadonlyMap<Parameter, string>

const isParameter = (name: string): name is Parameter => Object.hasOwn(parameters, name)

/** A name that cannot be a part of a password which was not escaped. */
const namePattern = /^[a-z_]{1,40}$/

const refusal = (reason: string) => new ConfigurationRefused({ setting: "index URL", reason })
const refuse = (reason: string) => Result.fail(refusal(reason))

const malformed = refusal(`not of the form ${usage}; escape special characters of the password as %XX`)

const decoded = (text: string) =>
  Result.mapError(
    Result.try(() => decodeURIComponent(text)),
    () => malformed
  )

/** Reads the parameters. A plus sign is one, as for libpq. */
const given = (search: string): Result.Result<Given, ConfigurationRefused> =>
  Result.gen(function* () {
    const found = new Map<Parameter, string>()
    for (const part of search.slice(1).split("&")) {
      if (part === "") continue
      const at = part.indexOf("=")
      const name = at === -1 ? part : part.slice(0, at)
      if (!namePattern.test(name)) return yield* Result.fail(malformed)
      if (!isParameter(name)) return yield* refuse(`${name} ${unknownField(Object.keys(parameters), "parameter")}`)
      if (found.has(name)) return yield* refuse(`${name} is given more than once`)
      const value = yield* decoded(part.slice(name.length + 1))
      const { form, wanted } = parameters[name]
      if (!form.test(value)) return yield* refuse(`this value of ${name} is not supported; expected ${wanted}`)
      found.set(name, value)
    }
    return found
  })

const tlsOf = (values: Given): Result.Result<TlsRequest, ConfigurationRefused> => {
  const rootCertificate = values.get("sslrootcert")
  const isSystem = rootCertificate === "system"
  const asked = values.get("sslmode") ?? (values.has("ssl") ? "require" : isSystem ? "verify-full" : "prefer")
  const mode = expected(
    tlsModes.find((known) => known === asked),
    "a checked sslmode"
  )
  if (isSystem && mode !== "verify-full" && mode !== "disable") {
    return refuse(
      `sslmode=${mode} is too weak for sslrootcert=system, where anybody has a certificate; use verify-full`
    )
  }
  return Result.succeed({
    mode,
    rootCertificate,
    certificate: values.get("sslcert"),
    key: values.get("sslkey"),
    keyPassword: values.get("sslpassword"),
    revocations: values.get("sslcrl"),
    versionMin: values.get("ssl_min_protocol_version"),
    versionMax: values.get("ssl_max_protocol_version")
  })
}

const secondsOf = (text: string | undefined) =>
  text === undefined ? connectSecondsDefault : Number(text) === 0 ? Infinity : Number(text)

const parsed = (text: string) =>
  Result.gen(function* () {
    const url = URL.parse(text)
    // An unescaped slash in a password moves the rest of it into the path, which messages show.
    if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.includes("@") || url.hash !== "") {
      return yield* Result.fail(malformed)
    }
    const values = yield* given(url.search)
    const maxConnections = Number(values.get("max_connections") ?? maxConnectionsDefault)
    const port = Number(values.get("port") ?? (url.port || "5432"))
    if (maxConnections > maxConnectionsLimit) return yield* refuse("max_connections is greater than 1000")
    if (port < 1 || port > 65_535) return yield* refuse("the port is none from 1 to 65535")
    const host = values.get("host") ?? ((yield* decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"))) || "localhost")
    if (host.includes(",")) return yield* refuse("several hosts are not supported; name one that leads to the primary")
    const database = values.get("dbname") ?? (yield* decoded(url.pathname.slice(1)))
    const username = values.get("user") ?? (yield* decoded(url.username))
    const password = values.get("password") ?? (yield* decoded(url.password))
    const tls = yield* tlsOf(values)
    const config: PgConnection.Config = {
      host,
      port,
      ...(database === "" ? {} : { database }),
      ...(username === "" ? {} : { username }),
      ...(password === "" ? {} : { password: Redacted.make(password) }),
      connectTimeout: secondsOf(values.get("connect_timeout")) * 1000,
      applicationName: values.get("application_name"),
      startupOptions: values.get("options"),
      stream: () => pacedSocket(host, port)
    }
    const location = `postgres://${host}:${port}/${database}`
    return { connect: () => connect(config, tls), location, maxConnections }
  })

/** Checks the URL without connecting. */
export const parse = (text: string): Effect.Effect<PostgresTarget, ConfigurationRefused> =>
  Effect.fromResult(parsed(text))
