/** Sends mutated requests: most over connections that stay open, some as raw bytes that no HTTP library would send. */
import { type Agent, request as httpRequest } from "node:http"
import { connect } from "node:net"
import type { Seeded } from "../support/seeded.ts"
import { type MutableRequest, urlOf } from "./Request.ts"

const answerMillisMax = 20_000

export interface Outcome {
  /** 0 if the hub closed the connection without an answer. */
  readonly status: number
  readonly body: Buffer
}

/** Whether Node's own client would send this. */
export const isSendable = ({ headers, method }: MutableRequest, url: string): boolean =>
  !/[^\x21-\x7e]/.test(url) &&
  // oxlint-disable-next-line no-control-regex -- these are the characters that Node refuses in a header
  headers.every(([, value]) => !/[^\t\x20-\x7e\x80-\xff]/.test(value)) &&
  method !== "CONNECT"

/** Sends a request and reads the whole answer. */
export const send = (origin: URL, agent: Agent, mutated: MutableRequest): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { body, headers, method } = mutated
    const sent = httpRequest(
      {
        host: origin.hostname,
        port: origin.port,
        agent,
        method,
        path: urlOf(mutated),
        headers: Object.fromEntries([...headers, ["content-length", String(body.byteLength)]]),
        timeout: answerMillisMax
      },
      (answer) => {
        const chunks: Array<Buffer> = []
        answer.on("data", (chunk: Buffer) => chunks.push(chunk))
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }))
        answer.once("error", reject)
      }
    )
    sent.once("timeout", () => sent.destroy(new Error(`no answer in ${answerMillisMax} ms`)))
    sent.once("error", reject)
    sent.end(body)
  })

/** The bytes of a request, some of them changed. */
export const rawBytes = (origin: URL, mutated: MutableRequest, random: Seeded): Buffer => {
  const { body, headers, method } = mutated
  const length = random.pick([body.byteLength, body.byteLength, body.byteLength + 5, 0, -1, "x", 2 ** 53])
  const lines = [
    `${method} ${urlOf(mutated)} HTTP/1.1`,
    `host: ${origin.host}`,
    "connection: close",
    `content-length: ${length}`,
    ...headers.map(([name, value]) => `${name}: ${value}`)
  ]
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1")
  for (let left = random.below(3); left > 0; left--) head[random.below(head.byteLength)] = random.below(256)
  return Buffer.concat([head, body])
}

/** Sends bytes on a connection of their own, ends it, and reads the status of the answer, if there is one. */
export const sendRaw = (origin: URL, bytes: Buffer): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    const socket = connect(Number(origin.port), origin.hostname, () => socket.end(bytes))
    const ended = () => {
      const answer = Buffer.concat(chunks)
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.toString("latin1"))?.[1] ?? 0), body: answer })
    }
    socket.setTimeout(answerMillisMax, () => socket.destroy(new Error(`no answer in ${answerMillisMax} ms`)))
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.once("close", ended)
    // A hub that refuses bytes may reset the connection.
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error)
    })
  })
