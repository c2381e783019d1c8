/** A browser at a hub: it sends what browsers send, keeps one cookie, and follows nothing by itself. */
import { Effect } from "effect"
import { type Answer, type HeaderList, send } from "../hub/Http.ts"

export interface Asked {
  readonly method?: string
  readonly headers?: HeaderList
  /** The fields of a form. */
  readonly form?: { readonly [name: string]: string }
  /** A body of JSON. */
  readonly json?: unknown
}

export class Browser {
  readonly #url: string
  readonly #host: string
  /** `name=value`, as it is sent. */
  cookie: string | undefined

  constructor(url: string, host = new URL(url).host) {
    this.#url = url
    this.#host = host
  }

  /** Asks for a path of the hub, from a page of its own unless the headers say otherwise. */
  ask(path: string, { form, headers = [["Sec-Fetch-Site", "same-origin"]], json, method }: Asked = {}) {
    const body = form === undefined ? json && JSON.stringify(json) : String(new URLSearchParams(form))
    const type = form === undefined ? "application/json" : "application/x-www-form-urlencoded"
    return send({
      method: method ?? (body === undefined ? "GET" : "POST"),
      url: this.#url,
      path,
      headers: [
        ["Host", this.#host],
        ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"],
        ...(this.cookie === undefined ? [] : ([["Cookie", this.cookie]] as const)),
        ...(body === undefined ? [] : ([["Content-Type", type]] as const)),
        ...headers
      ],
      body: body === undefined ? undefined : new TextEncoder().encode(String(body))
    }).pipe(Effect.orDie)
  }

  /** Uses a link up, and keeps the cookie of the answer. */
  signIn(code: string, next?: string) {
    return Effect.map(this.ask("/login", { form: { code, ...(next === undefined ? {} : { next }) } }), (answer) => {
      const [cookie = ""] = answer.headers["set-cookie"] ?? [""]
      if (answer.status === 303) [this.cookie] = cookie.split(";", 1)
      return answer
    })
  }
}

/** Asks the REST API of a hub with a token, as a program does. */
export const askWith =
  (url: string, token: string) =>
  (method: string, path: string): Effect.Effect<Answer> =>
    new Browser(url).ask(`/api/v1${path}`, { method, headers: [["Authorization", `Bearer ${token}`]] })
