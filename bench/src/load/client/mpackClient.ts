/** Push and clone in mpack over the wire, as `client.ts` has them in dictionaries. */
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { type Body, call, decodeMap, type Media, type Place, type Remote } from "./client.ts"

/** How an mpack stream is asked for. */
export const acceptMpack: Media = { accept: mpackMediaType }

/** How it is asked for where fewer bytes are worth more work. */
export const acceptZstd: Media = { ...acceptMpack, acceptEncoding: "zstd" }

/** A push, and the milliseconds that it took. One request, after the one for the refs. */
export const pushMpack = async (remote: Remote, { path }: Place, body: Body): Promise<number> => {
  const started = performance.now()
  await call(remote, "GET", `${path}/refs`)
  const answer = decodeMap(await call(remote, "POST", `${path}/push`, body, { contentType: mpackMediaType }))
  if (answer.get("ok") !== true) throw new Error(`the push was refused: ${String(answer.get("message"))}`)
  return performance.now() - started
}
