/** Rows of signing in. */
import { call, send } from "../../load/client/client.ts"
import { callJson, type Stage } from "../Stage.ts"
import { type Asked, rest, row, type Row, text } from "./Row.ts"

/** Makes a link. Returns what it carries. */
const codeOf = async ({ hub }: Stage): Promise<string> => {
  const { url } = (await callJson(hub, "POST", "/api/v1/sign-in-links")) as { readonly url: string }
  return new URL(url).searchParams.get("code") ?? ""
}

/** A form of 100 fields and nearly 64 KiB. */
const formOf = (path: string, fields: { readonly [name: string]: string }): Asked => {
  const padded = Object.fromEntries(Array.from({ length: 97 }, (_, index) => [`field-${index}`, text(640)]))
  return {
    path,
    body: Buffer.from(String(new URLSearchParams({ ...fields, ...padded }))),
    media: { contentType: "application/x-www-form-urlencoded" }
  }
}

/** Signs a browser in. Returns how it asks for a page, or sends the form of one. */
export const signedIn = async (stage: Stage) => {
  const { body, media, path } = formOf("/login", { code: await codeOf(stage) })
  const answer = await send(stage.hub, "POST", path, body, media)
  answer.resume()
  const [cookie = ""] = (answer.headers["set-cookie"]?.[0] ?? "").split(";", 1)
  const page = await call(stage.hub, "GET", "/login", undefined, { accept: "text/html", cookie })
  const csrf = /name="csrf" value="(\w+)"/.exec(page.toString())?.[1] ?? ""
  return (path: string, fields?: { readonly [name: string]: string }): Asked => {
    const media = { accept: "text/html", cookie }
    if (fields === undefined) return { path, media }
    const body = Buffer.from(String(new URLSearchParams({ csrf, ...fields })))
    return { path, body, media: { ...media, contentType: "application/x-www-form-urlencoded" } }
  }
}

/** Begins a session. Returns its id. */
export const begun = async (stage: Stage): Promise<string> => {
  const { body, media, path } = formOf("/login", { code: await codeOf(stage) })
  ;(await send(stage.hub, "POST", path, body, media)).resume()
  const { items } = (await callJson(stage.hub, "GET", "/api/v1/sessions")) as {
    readonly items: ReadonlyArray<{ readonly id: string }>
  }
  return items.at(-1)?.id ?? "none"
}

export const signInRows: ReadonlyArray<Row> = [
  row("POST /api/v1/sign-in-links", "", () => rest("/sign-in-links")),
  row("GET /login", "", async (stage) => ({ path: `/login?code=${await codeOf(stage)}` })),
  row("POST /login", "64 KiB of fields, 20 sessions", async (stage) => {
    for (let session = 0; session < 20; session++) await begun(stage)
    return formOf("/login", { code: await codeOf(stage) })
  }),
  row("GET /api/v1/sessions", "20 sessions", () => rest("/sessions")),
  row("DELETE /api/v1/sessions/{id}", "20 sessions", async (stage) => rest(`/sessions/${await begun(stage)}`)),
  row("POST /logout", "64 KiB of fields", () => formOf("/logout", {}))
]
