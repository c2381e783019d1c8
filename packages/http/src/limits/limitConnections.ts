/** Keeps clients from holding connections that they do not use. */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { isTrusted, type ProxyOptions } from "../proxy/Proxies.ts"
import type { ConnectionLimits } from "./ConnectionLimits.ts"

/** Closes the connections of an address over `max` as they come. A trusted proxy has those of all its clients. */
const limitPerAddress = (server: Server, max: number, proxies: ProxyOptions): void => {
  const counts = new Map<string, number>()
  server.on("connection", (socket) => {
    const { remoteAddress } = socket
    // The client was gone before its connection was accepted.
    if (remoteAddress === undefined || isTrusted(proxies, remoteAddress)) return
    const count = counts.get(remoteAddress) ?? 0
    if (count >= max) {
      socket.destroy()
      return
    }
    counts.set(remoteAddress, count + 1)
    socket.once("close", () => {
      const left = (counts.get(remoteAddress) ?? 1) - 1
      if (left === 0) counts.delete(remoteAddress)
      else counts.set(remoteAddress, left)
    })
  })
}

/**
 * Closes connections over which nothing went for `idleMillisMax`, unless the hub works on a request and has nothing to
 * send yet. It need not look at bodies, whose reader has a limit of its own.
 */
const endIdle = (server: Server, idleMillisMax: number): void => {
  const answers = new WeakMap<Socket, ServerResponse>()
  const track = ({ socket }: IncomingMessage, answer: ServerResponse) => answers.set(socket, answer)
  server.on("request", track).on("checkContinue", track)
  server.timeout = idleMillisMax
  server.on("timeout", (socket) => {
    const answer = answers.get(socket)
    const isWorking = answer !== undefined && !answer.closed && socket.writableLength === 0
    if (!isWorking) socket.destroy()
  })
}

/** Makes the server keep the limits, and returns it. */
export const limitConnections = (server: Server, limits: ConnectionLimits, proxies: ProxyOptions): Server => {
  server.maxConnections = limits.connectionsMax
  limitPerAddress(server, limits.connectionsPerAddressMax, proxies)
  endIdle(server, limits.answerIdleMillisMax)
  return server
}
