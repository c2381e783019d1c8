/** Certificates of the tests' own authorities, made by openssl. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Certificate {
  /** Files of the certificate and of its key. */
  readonly certificate: string
  readonly key: string
}

export interface Authority extends Certificate {
  /** Signs a certificate for the name, and for the alternative names, as in `DNS:localhost`. */
  readonly sign: (name: string, alternatives?: string) => Certificate
}

/** A folder of certificates, with the way to remove it. */
export const certificateFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "musehub-certificates-"))
  const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" })
  let made = 0
  const filesOf = (name: string) => {
    made += 1
    return {
      certificate: join(folder, `${made}-${name}.crt`),
      key: join(folder, `${made}-${name}.key`),
      request: join(folder, `${made}-${name}.csr`),
      extensions: join(folder, `${made}-${name}.cnf`)
    }
  }
  const keyOf = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
  const authority = (name: string): Authority => {
    const own = filesOf(name)
    openssl("req", "-x509", ...keyOf, "-subj", `/CN=${name}`, "-days", "2", "-keyout", own.key, "-out", own.certificate)
    const sign = (subject: string, alternatives?: string) => {
      const files = filesOf(subject)
      writeFileSync(files.extensions, alternatives === undefined ? "" : `subjectAltName=${alternatives}\n`)
      openssl("req", ...keyOf, "-subj", `/CN=${subject}`, "-keyout", files.key, "-out", files.request)
      const signed = ["-CA", own.certificate, "-CAkey", own.key, "-CAcreateserial", "-days", "2"]
      const made = ["-extfile", files.extensions, "-out", files.certificate]
      openssl("x509", "-req", "-in", files.request, ...signed, ...made)
      return { certificate: files.certificate, key: files.key }
    }
    return { certificate: own.certificate, key: own.key, sign }
  }
  return { folder, authority, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export const textOf = (file: string): string => readFileSync(file, "utf8")
