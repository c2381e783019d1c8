/**
 * Sends one HTTP request as the real client's library does: exactly its headers, in its order, a connection of its own,
 * the whole body in one piece (docs/wire.md, section 3).
 */
import { Effect } from "effect"
import { type IncomingHttpHeaders, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { fromJson, fromMsgpack, type Value } from "../muse/Value.ts"

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/** Header names and values in the order of the wire. */
export type HeaderList = ReadonlyArray<readonly [string, string]>

export interface Sent {
  readonly method: string
  readonly url: string
  /** The path as it is sent, where it must not be normalized. */
  readonly path?: string
  readonly headers: HeaderList
  readonly body?: Uint8Array | undefined
}

/** Reads the whole answer; a connection that breaks before its end is an error. */
export const send = ({ method, url, path, headers, body }: Sent): Effect.Effect<Answer, Error> =>
  Effect.callback<Answer, Error>((resume) => {
    const request = url.startsWith("https:") ? requestHttps : requestHttp
    const sent = request(
      url,
      { method, agent: false, headers: headers.flat(), setHost: false, ...(path === undefined ? {} : { path }) },
      (incoming) => {
        const chunks: Array<Uint8Array> = []
        incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
        incoming.once("end", () => {
          resume(
            incoming.complete
              ? Effect.succeed({
                  status: incoming.statusCode ?? 0,
                  headers: incoming.headers,
                  body: new Uint8Array(Buffer.concat(chunks))
                })
              : Effect.fail(new Error(`the answer to ${method} ${url} broke off`))
          )
        })
        incoming.once("error", (error) => resume(Effect.fail(error)))
      }
    )
    sent.once("error", (error) => resume(Effect.fail(error)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })

/** Decodes the answer's value, by its Content-Type. */
export const valueIn = ({ headers, body }: Answer): Value =>
  /^application\/(problem\+)?json$/.test(headers["content-type"] ?? "")
    ? fromJson(new TextDecoder("utf-8", { fatal: true }).decode(body))
    : fromMsgpack(body)
