/**
 * A socket that sends everything before it reads anything, as the client's library does. Returns all that the hub
 * answers until it closes the connection.
 */
import { Effect } from "effect"
import { connect } from "node:net"

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
