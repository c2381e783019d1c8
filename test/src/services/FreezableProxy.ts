/**
 * A proxy for TCP connections that can stand still like a stopped server: connections stay open and new ones are
 * accepted, but no byte passes until it goes on.
 */
import { Effect, type Scope } from "effect"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

export interface FreezableProxy {
  /** The target's URL with the proxy's address in it. */
  readonly url: string
  readonly freeze: () => void
  readonly thaw: () => void
}

/** Starts a proxy in front of the server at `target`, until the scope closes. Without a port it takes any free one. */
export const freezableProxy = (target: string, port = 0): Effect.Effect<FreezableProxy, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => open(new URL(target), port)),
    ({ close }) => Effect.promise(close)
  )

const open = async (target: URL, port: number): Promise<FreezableProxy & { readonly close: () => Promise<void> }> => {
  const sockets = new Set<Socket>()
  let isFrozen = false

  const relay = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on("data", (bytes: Buffer) => {
      // What was on its way when the server stopped is with the server's kernel.
      if (!to.write(bytes)) from.pause()
    })
    to.on("drain", () => {
      if (!isFrozen) from.resume()
    })
    from.once("end", () => to.end())
    from.on("error", () => to.destroy())
    from.once("close", () => {
      sockets.delete(from)
      to.destroy()
    })
    if (isFrozen) from.pause()
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true })
    relay(client, upstream)
    relay(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const url = new URL(target)
  url.hostname = "127.0.0.1"
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.toString().replace(/\/$/, ""),
    freeze: () => {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw: () => {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}
