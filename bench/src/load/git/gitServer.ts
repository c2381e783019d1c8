/** git over smart HTTP on loopback: `git http-backend` behind a few lines of CGI, as real servers run it. */
import { spawn } from "node:child_process"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

const headOf = (text: string) => {
  const headers = text.split("\r\n").map((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const status = Number(headers.find(([name]) => name === "status")?.[1].split(" ", 1)[0] ?? 200)
  return { status, headers: Object.fromEntries(headers.filter(([name]) => name !== "status")) }
}

const blankLine = "\r\n\r\n"

const answer = (root: string, request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url ?? "/", "http://localhost")
  const header = (name: string) => String(request.headers[name] ?? "")
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: "bench",
      REMOTE_ADDR: "127.0.0.1"
    }
  })
  request.pipe(backend.stdin)
  let begun = false
  let start = Buffer.alloc(0)
  backend.stdout.on("data", (chunk: Buffer) => {
    if (begun) {
      if (!response.write(chunk)) {
        backend.stdout.pause()
        response.once("drain", () => backend.stdout.resume())
      }
      return
    }
    start = Buffer.concat([start, chunk])
    const end = start.indexOf(blankLine)
    if (end === -1) return
    begun = true
    const { status, headers } = headOf(start.toString("latin1", 0, end))
    response.writeHead(status, headers)
    response.write(start.subarray(end + blankLine.length))
  })
  backend.on("close", () => response.end())
}

/** Serves the repositories in a folder. */
export const serveGit = async (root: string) => {
  const server = createServer((request, response) => answer(root, request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}
