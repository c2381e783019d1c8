/**
 * The services that tests need, started once per run and only when the first test asks: a run that needs no S3 does not
 * wait for it. Tests run in other processes, so they ask through a loopback address (`services.ts`), and everything is
 * stopped here at the end.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import type { Skipped, Started } from "./S3Server.ts"

/** Each is loaded on demand, since the drivers behind them take a second to load. */
const starters = new Map<string, () => Promise<Started<object>>>([
  ["s3", async () => (await import("./S3Server.ts")).startS3()],
  ["postgres", async () => (await import("./PostgresServer.ts")).startPostgres()],
  ["program", async () => (await import("./Program.ts")).bundleProgram()]
])

const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const started = new Map<string, Promise<Started<object>>>()
  const serviceOf = (name: string): Promise<Started<object>> | undefined => {
    const running = started.get(name)
    if (running !== undefined) return running
    const starting = starters
      .get(name)?.()
      .then((service) => announce(name, service))
    if (starting !== undefined) started.set(name, starting)
    return starting
  }
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1)
    const service = serviceOf(name)
    if (service === undefined) {
      response.writeHead(404).end(`no service ${name}`)
      return
    }
    service.then(
      ({ connection }) => response.end(JSON.stringify(connection)),
      (error: unknown) => response.writeHead(500).end(String(error))
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  project.provide("services", `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    // The test that asked has reported a service that could not start.
    const settled = await Promise.allSettled(started.values())
    await Promise.all(settled.map((service) => (service.status === "fulfilled" ? service.value.stop() : undefined)))
  }
}

/** The reporter names skipped tests only on request, and the user should know why they are skipped. */
const announce = (name: string, service: Started<object>): Started<object> => {
  const connection: object | Skipped = service.connection
  if ("skipped" in connection) process.stderr.write(`tests that need ${name} are skipped: ${connection.skipped}\n`)
  return service
}

export default setup
