/** The folders that URLs of stores and indexes name: relative ones belong to the working folder, and `~` to a shell. */
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Effect, Redacted } from "effect"
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { isAbsolute, resolve } from "node:path"
import { type Given, quoted, refusal } from "./Setting.ts"
import { shownUrl, storeUrl, type StoreUrl } from "./StoreUrl.ts"

/** Schemes whose URLs name a folder as written. */
const schemes: ReadonlySet<string> = new Set(["file", "embedded"])

/** Returns the folder of a URL as written; undefined if it names none, or is a whole URL with slashes. */
const folderOf = ({ scheme, text }: StoreUrl): string | undefined => {
  const path = Redacted.value(text).slice(scheme.length + 1)
  return schemes.has(scheme) && path !== "" && !path.startsWith("//") ? path : undefined
}

/** Returns the URL with an absolute folder, if it names a folder. */
export const absolute = (url: StoreUrl): StoreUrl => {
  const folder = folderOf(url)
  return folder === undefined ? url : storeUrl(`${url.scheme}:${resolve(folder)}`)
}

/** Refuses a folder that begins with `~`: only shells replace it, and only at the start of a word. */
export const refuseTilde = Effect.fnUntraced(function* (given: Given<StoreUrl>) {
  const { source, value } = given
  const folder = folderOf(value)
  if (folder?.startsWith("~") !== true) return given
  const home = /^~(?=\/|$)/.test(folder) ? folder.replace("~", homedir()) : "/…"
  return yield* refusal(source, shownUrl(value), `${value.scheme}:${home}, since only a shell replaces ~`)
})

/** Refuses a folder that is not there, which opening it would create. */
export const requireFolder = Effect.fnUntraced(function* (given: Given<StoreUrl>) {
  const folder = folderOf(given.value)
  if (folder === undefined || existsSync(folder)) return
  yield* new ConfigurationRefused({ setting: given.source, reason: `there is no folder ${quoted(resolve(folder))}` })
})

/** Says in the log which folder a relative URL means, since it is another one from another working folder. */
export const sayFolder = ({ source, value }: Given<StoreUrl>): Effect.Effect<void> => {
  const folder = folderOf(value)
  return folder === undefined || isAbsolute(folder)
    ? Effect.void
    : Effect.logInfo(
        `${source}: ${shownUrl(value)} is ${resolve(folder)}, since relative paths begin in the working folder`
      )
}
