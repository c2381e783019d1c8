/** Requests to the REST API of the stage's hub, as the text that a client sends. */
import { Effect } from "effect"
import { type Answer, type HeaderList, send } from "./Http.ts"
import { Stage } from "./Stage.ts"

export interface AskOptions {
  readonly token?: string | undefined
  readonly headers?: HeaderList
  readonly type?: string
}

/**
 * Asks as ada unless a token is given; an empty one is left out. `content` is sent as JSON unless it is bytes or text.
 */
export const ask = Effect.fnUntraced(function* (
  method: string,
  path: string,
  content?: unknown,
  { headers = [], token, type = "application/json" }: AskOptions = {}
) {
  const { hub, ada } = yield* Stage
  const secret = token ?? ada
  const body =
    content === undefined || content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content))
  const sent: Array<readonly [string, string]> = [["Host", new URL(hub.url).host]]
  if (secret !== "") sent.push(["Authorization", `Bearer ${secret}`])
  if (body !== undefined) sent.push(["Content-Type", type], ["Content-Length", String(body.byteLength)])
  return yield* Effect.orDie(
    send({ method, url: `${hub.url}/`, path: `/api/v1${path}`, headers: [...sent, ...headers], body })
  )
})

export const textOf = ({ body }: Answer): string => new TextDecoder().decode(body)
export const valueOf = (answer: Answer): Record<string, unknown> =>
  JSON.parse(textOf(answer)) as Record<string, unknown>
