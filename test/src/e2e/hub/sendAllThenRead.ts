/**
 * A socket that sends everything before it reads anything, as the client's library does. Returns all that the hub
 * answers until it closes the connection.
 */
import { Effect } from "effect"
import { connect } from "node:net"
import type { Answer } from "./Http.ts"

/** Reads the one answer that a connection got. */
export const answerIn = (received: string): Answer => {
  const [head = "", body = ""] = received.split("\r\n\r\n", 2)
  const [statusLine = "", ...fields] = head.split("\r\n")
  const headers = Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf(":")).toLowerCase(),
      field.slice(field.indexOf(":") + 1).trim()
    ])
  )
  return { status: Number(statusLine.split(" ")[1]), headers, body: Buffer.from(body, "latin1") }
}

export const sendAllThenRead = (url: string, parts: ReadonlyArray<Uint8Array | string>): Effect.Effect<string, Error> =>
  Effect.callback<string, Error>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.once("error", (error) => resume(Effect.fail(error)))
    for (const part of parts.slice(0, -1)) socket.write(part)
    socket.write(parts.at(-1) ?? "", () => {
      const received: Array<Uint8Array> = []
      socket.on("data", (chunk) => received.push(chunk))
      socket.once("close", () => resume(Effect.sync(() => Buffer.concat(received).toString("latin1"))))
    })
    return Effect.sync(() => socket.destroy())
  })
