/**
 * A real reverse proxy in front of a hub: nginx or Caddy, with the configuration of docs/deployment.md, on a free port
 * and with a certificate of its own making.
 */
import { Effect, type Scope } from "effect"
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { describe, expect, it } from "vitest"

const document = readFileSync(new URL("../../../docs/deployment.md", import.meta.url), "utf8")

/** Returns the configuration that the document shows in this language. */
const documented = (language: string): string => {
  const [, block] = new RegExp("\n```" + language + "\n([^]*?)\n```\n").exec(document) ?? []
  if (block === undefined) throw new Error(`docs/deployment.md shows no configuration in ${language}`)
  return block
}

/** Replaces each text, which must be in the configuration. */
const adapted = (text: string, replacements: ReadonlyArray<readonly [string, string]>): string =>
  replacements.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the configuration has no ${from}`)
    return changed.replaceAll(from, to)
  }, text)

export interface ReverseProxy {
  readonly name: "nginx" | "caddy"
  /** Why it cannot run here; undefined if it can. */
  readonly missing: string | undefined
}

const needed = (name: "nginx" | "caddy", versionFlag: string): ReverseProxy => {
  for (const [program, flag] of [
    [name, versionFlag],
    ["openssl", "version"]
  ] as const) {
    if (spawnSync(program, [flag]).error !== undefined) return { name, missing: `${program} is not installed` }
  }
  return { name, missing: undefined }
}

export const nginx = needed("nginx", "-v")
export const caddy = needed("caddy", "version")

/** Registers tests that need a proxy; without it, one skipped test names the reason. */
export const describeBehind = ({ missing, name }: ReverseProxy, title: string, tests: () => void): void => {
  describe(title, () => {
    if (missing === undefined) tests()
    else it.runIf(false)(`needs ${name} (${missing})`, () => expect.unreachable())
  })
}

/** A folder with a certificate for 127.0.0.1, which this process trusts until the scope closes. */
const certified = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "musehub-proxy-"))
    const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")]
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]
    const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...newKey, "-out", certificate, ...names], {
      stdio: "ignore"
    })
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, readFileSync(certificate, "utf8")])
    return { folder, certificate, key, trusted }
  }),
  ({ folder, trusted }) =>
    Effect.sync(() => {
      setDefaultCACertificates(trusted)
      rmSync(folder, { recursive: true, force: true })
    })
)

const listening = async (server: Server): Promise<number> => {
  await once(server.listen(0, "127.0.0.1"), "listening")
  return (server.address() as AddressInfo).port
}

/** Returns a port that was free a moment ago. */
export const freePort = Effect.promise(async () => {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
})

/** Accepts connections and never answers. */
export const silent: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(async () => {
    const sockets = new Set<{ readonly destroy: () => unknown }>()
    const server = createServer((socket) => void sockets.add(socket))
    return { server, sockets, port: await listening(server) }
  }),
  ({ server, sockets }) =>
    Effect.sync(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
).pipe(Effect.map(({ port }) => `http://127.0.0.1:${port}`))

const startMillisMax = 20_000

/** Waits until the proxy answers, whatever it answers. */
const answering = async (url: string, program: ChildProcess, complaint: () => string): Promise<void> => {
  const deadline = Date.now() + startMillisMax
  for (;;) {
    const answered = await fetch(url).then(
      () => true,
      () => false
    )
    if (answered) return
    if (program.exitCode !== null || Date.now() > deadline) throw new Error(`the proxy did not start: ${complaint()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const running = (command: string, args: ReadonlyArray<string>, folder: string, url: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const program = spawn(command, args, {
        cwd: folder,
        env: { PATH: process.env["PATH"] ?? "", HOME: folder },
        stdio: ["ignore", "ignore", "pipe"]
      })
      let said = ""
      program.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)))
      await answering(url, program, () => said)
      return program
    }),
    (program) =>
      Effect.promise(async () => {
        const ended = once(program, "close")
        program.kill("SIGTERM")
        await ended
      })
  )

export interface Behind {
  /** The URL of the hub. */
  readonly hub: string
  readonly port: number
  /** Changes to the documented configuration. */
  readonly changes?: ReadonlyArray<readonly [string, string]>
}

/** Returns the URL of a hub behind a proxy on this port. */
export const urlBehind = (port: number): string => `https://127.0.0.1:${port}/hub`

/** Starts nginx, with the documented server in a minimal frame, until the scope closes. */
export const startNginx = Effect.fnUntraced(function* ({ hub, port, changes = [] }: Behind) {
  const { certificate, folder, key } = yield* certified
  const server = adapted(documented("nginx"), [
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["/etc/ssl/certs/example.org.pem", certificate],
    ["/etc/ssl/private/example.org.key", key],
    ["http://127.0.0.1:10003", hub],
    ...changes
  ])
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  const frame = [
    "daemon off; worker_processes 1; pid nginx.pid; error_log stderr;",
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    "events {}",
    `http { access_log off; ${kinds.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}`,
    server,
    "}"
  ]
  const file = join(folder, "nginx.conf")
  writeFileSync(file, frame.join("\n"))
  yield* running("nginx", ["-p", folder, "-c", file, "-e", "stderr"], folder, urlBehind(port))
})

/** Starts Caddy, with the documented site and our certificate, until the scope closes. */
export const startCaddy = Effect.fnUntraced(function* ({ hub, port, changes = [] }: Behind) {
  const { certificate, folder, key } = yield* certified
  const site = adapted(documented("caddyfile"), [
    ["example.org {", `https://127.0.0.1:${port} {\n    tls ${certificate} ${key}`],
    ["127.0.0.1:10003", new URL(hub).host],
    ...changes
  ])
  const file = join(folder, "Caddyfile")
  writeFileSync(file, `{\n    admin off\n    auto_https disable_redirects\n}\n${site}\n`)
  yield* running("caddy", ["run", "--config", file, "--adapter", "caddyfile"], folder, urlBehind(port))
})
