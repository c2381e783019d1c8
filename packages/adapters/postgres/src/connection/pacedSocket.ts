/**
 * The socket of a connection. Node reads up to 2 MiB from a socket before anything else has its turn, and the driver
 * parses what it gets at once: tens of thousands of rows.
 */
import { connect, type Socket } from "node:net"
import type { Readable } from "node:stream"

/** Bytes after which others get their turn: some thousand rows. */
const turnBytes = 256 * 1024

/** Pauses a stream for one turn of the event loop after each `turnBytes`. Its chunks flow from now on. */
export const paced = <S extends Readable>(stream: S): S => {
  let received = 0
  stream.on("data", ({ length }: Buffer) => {
    received += length
    if (received < turnBytes) return
    received = 0
    stream.pause()
    setImmediate(() => stream.resume())
  })
  return stream
}

/** Opens the socket of a server; a host that is a folder has it as a file. */
export const pacedSocket = (host: string, port: number): Socket =>
  paced(host.startsWith("/") ? connect({ path: `${host}/.s.PGSQL.${port}` }) : connect({ host, port, noDelay: true }))
