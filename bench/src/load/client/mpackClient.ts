/** Push and clone in mpack over the wire, the counterpart of `client.ts` for dictionaries. */
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { type Body, call, decodeMap, type Media, type Place, type Remote } from "./client.ts"

/** The headers that ask for an mpack stream. */
export const acceptMpack: Media = { accept: mpackMediaType }

/** The headers that ask for a compressed one, where fewer bytes are worth more work. */
export const acceptZstd: Media = { ...acceptMpack, acceptEncoding: "zstd" }

/** Pushes in one request, after the one for the refs, and returns the milliseconds it took. */
export const pushMpack = async (remote: Remote, { path }: Place, body: Body): Promise<number> => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const answer = decodeMap(await call(remote, "POST", `${path}/push`, body, { contentType: mpackMediaType }))
  if (answer.get("ok") !== true) throw new Error(`the push was refused: ${String(answer.get("message"))}`)
  return performance.now() - started
}
