/**
 * The services that tests need, started once per run and only when the first test asks: a run that needs no S3 does not
 * wait for it. Tests live in other processes, so they ask through a loopback address (`services.ts`), and everything is
 * stopped here at the end.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import { startS3 } from "./S3Server.ts"

const starters = { s3: startS3 }

const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const started = new Map<string, ReturnType<(typeof starters)[keyof typeof starters]>>()
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1)
    const start = Object.entries(starters).find(([known]) => known === name)?.[1]
    if (start === undefined) {
      response.writeHead(404).end(`no service ${name}`)
      return
    }
    const service = started.get(name) ?? start()
    started.set(name, service)
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
    // A service that could not start has told so to the test that asked.
    const settled = await Promise.allSettled(started.values())
    await Promise.all(settled.map((service) => (service.status === "fulfilled" ? service.value.stop() : undefined)))
  }
}

export default setup
