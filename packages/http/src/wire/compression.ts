/** Compressing a streamed answer, where the client says that it can take it (RFC 9110, section 12.5.3). */
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { Stream } from "effect"
import type { Headers } from "effect/http"
import { constants, createGzip, createZstdCompress } from "node:zlib"

/** In order of preference. Fast settings: much of what repositories hold is compressed already. */
const codings = {
  zstd: () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  gzip: () => createGzip({ level: 1 })
} as const

/** The codings that the header names with a weight above zero. */
const accepted = (header: string): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const part of header.split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) names.add(name)
  }
  return names
}

/** The stream in the best coding that the client accepts, and the headers that say so. */
export const compressed = <E>(headers: Headers.Headers, stream: Stream.Stream<Uint8Array, E>) => {
  const names = accepted(headers["accept-encoding"] ?? "")
  const coding = (["zstd", "gzip"] as const).find((name) => names.has(name))
  if (coding === undefined) return { stream, headers: {} }
  return {
    stream: NodeStream.pipeThroughDuplex(stream, { evaluate: codings[coding] }),
    headers: { "content-encoding": coding }
  }
}
