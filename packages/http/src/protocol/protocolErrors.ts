/**
 * Answers with a problem what Node would answer by itself, without a body: requests that its parser refuses or that
 * arrive too slowly, an unknown expectation, and CONNECT. No handler sees these requests, so their answers get their
 * ids here.
 */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { problemText } from "../problem/answer.ts"
import { type Problem, problemMediaType } from "../problem/Problem.ts"
import { expectationUnknown, methodNotAllowed, unparsedProblem } from "../problem/protocolProblems.ts"
import type { NoteUnhandled } from "../exchange/noteUnhandled.ts"
import { unsniffed } from "../exchange/observed.ts"
import { everyMethod } from "./unrouted.ts"

const headersOf = (problem: Problem, text: string, requestId: string): { readonly [name: string]: string } => ({
  "content-type": problemMediaType,
  "content-length": String(Buffer.byteLength(text)),
  "cache-control": "no-store",
  "x-request-id": requestId,
  ...unsniffed,
  connection: "close",
  ...problem.headers
})

/** Writes the whole answer to a connection that has no response, and closes it. */
const endWith = (socket: Duplex, problem: Problem, requestId: string): void => {
  const text = problemText(problem)
  const lines = Object.entries(headersOf(problem, text, requestId)).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${text}`)
  if (socket instanceof Socket) socket.destroySoon()
  else socket.end()
}

/** Makes the server answer such requests with problems, and returns it. */
export const answeringProtocolErrors = (server: Server, note: NoteUnhandled): Server => {
  const responses = new WeakMap<Duplex, ServerResponse>()
  const track = ({ socket }: IncomingMessage, response: ServerResponse) => responses.set(socket, response)
  server.on("request", track).on("checkContinue", track)
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const response = responses.get(socket)
    // Another answer would land in the middle of the one that is being sent.
    const isAnswering = response !== undefined && response.headersSent && !response.writableFinished
    if (!socket.writable || isAnswering) socket.destroy(error)
    else {
      const problem = unparsedProblem(error)
      endWith(socket, problem, note({ method: "unreadable", status: problem.status, reason: error.code }))
    }
  })
  server.on("checkExpectation", ({ method = "" }, response: ServerResponse) => {
    const { status } = expectationUnknown
    const text = problemText(expectationUnknown)
    response.writeHead(status, headersOf(expectationUnknown, text, note({ method, status }))).end(text)
  })
  server.on("connect", ({ url = "" }, socket) => {
    const problem = methodNotAllowed("CONNECT", url, everyMethod.join(", "))
    endWith(socket, problem, note({ method: "CONNECT", status: problem.status }))
  })
  return server
}
