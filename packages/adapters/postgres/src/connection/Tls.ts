/**
 * What libpq means by each `sslmode`, as options of the driver. A certificate is checked where a file of authorities is
 * given or where one is in libpq's usual place, so `require` with that file is as strict as `verify-ca`. The name in it
 * is checked by `verify-full`.
 */
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { getCACertificates, type ConnectionOptions, type SecureVersion } from "node:tls"

export const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const
export const tlsVersions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const

/** The part of a URL that is about TLS. Files are as written; absent ones are looked for where libpq does. */
export interface TlsRequest {
  readonly mode: (typeof tlsModes)[number]
  /** `system` for the authorities of the operating system. */
  readonly rootCertificate: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly keyPassword: string | undefined
  readonly revocations: string | undefined
  readonly versionMin: string | undefined
  readonly versionMax: string | undefined
}

const refuse = (reason: string) => Effect.fail(new ConfigurationRefused({ setting: "index URL", reason }))

const isAbsent = (cause: unknown) =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  (cause.code === "ENOENT" || cause.code === "ENOTDIR")

/** Reads the file that a parameter names. Without the parameter, the one in libpq's usual place, if there is one. */
const fileOf = (parameter: string, given: string | undefined, usual: string) => {
  const path = given ?? join(homedir(), ".postgresql", usual)
  return Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: (cause) => cause }).pipe(
    Effect.catch((cause) =>
      given === undefined && isAbsent(cause)
        ? Effect.succeed(undefined)
        : refuse(`${parameter}: the file ${path} cannot be read (${cause instanceof Error ? cause.message : "?"})`)
    )
  )
}

const versionOf = (text: string | undefined): SecureVersion | undefined => tlsVersions.find((known) => known === text)

/** Returns the driver's options for a connection with TLS. */
export const tlsOptions = Effect.fnUntraced(function* (request: TlsRequest) {
  const { mode, rootCertificate } = request
  const authorities =
    rootCertificate === "system"
      ? getCACertificates("system")
      : yield* fileOf("sslrootcert", rootCertificate, "root.crt")
  const mustVerify = mode === "verify-ca" || mode === "verify-full"
  if (authorities === undefined && mustVerify) {
    return yield* refuse(
      `sslmode=${mode} needs the authorities that sign the server's certificate: sslrootcert=<file>, or ` +
        "sslrootcert=system for those of the operating system"
    )
  }
  const certificate = yield* fileOf("sslcert", request.certificate, "postgresql.crt")
  const key = certificate === undefined ? undefined : yield* fileOf("sslkey", request.key, "postgresql.key")
  if (certificate !== undefined && key === undefined) return yield* refuse("sslcert needs its key, in sslkey")
  const revocations = authorities === undefined ? undefined : yield* fileOf("sslcrl", request.revocations, "root.crl")
  const options: ConnectionOptions = {
    rejectUnauthorized: authorities !== undefined,
    minVersion: versionOf(request.versionMin) ?? "TLSv1.2",
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(request.keyPassword === undefined ? {} : { passphrase: request.keyPassword }),
    ...(revocations === undefined ? {} : { crl: revocations }),
    ...(request.versionMax === undefined ? {} : { maxVersion: versionOf(request.versionMax) ?? "TLSv1.3" })
  }
  return options
})
