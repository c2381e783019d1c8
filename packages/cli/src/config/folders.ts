/** The folders that URLs of stores and indexes name: relative ones belong to the working folder, and `~` to a shell. */
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Effect, Redacted } from "effect"
import { readdirSync } from "node:fs"
import { homedir } from "node:os"
import { isAbsolute, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { codeOf } from "../newFile.ts"
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

/** Returns the folder of a store, also of one that is named by a whole URL. */
const storeFolderOf = (url: StoreUrl): string | undefined => {
  if (url.scheme !== "file") return undefined
  try {
    return resolve(folderOf(url) ?? fileURLToPath(Redacted.value(url.text)))
  } catch {
    // What is wrong with the URL is said when it is opened.
    return undefined
  }
}

/** Says why a folder is no store; what cannot be read is left to whoever opens it. */
const absenceOf = (folder: string): string | undefined => {
  try {
    if (readdirSync(folder).length > 0) return undefined
    return `no hub has used file:${folder}, which is empty; is the URL right, and the volume mounted?`
  } catch (cause) {
    return codeOf(cause) === "ENOENT" ? `there is no folder ${quoted(folder)}` : undefined
  }
}

/** Refuses a folder that is not there or is empty, which opening it would make a store of. */
export const requireFolder = Effect.fnUntraced(function* ({ source, value }: Given<StoreUrl>) {
  const folder = storeFolderOf(value)
  const reason = folder === undefined ? undefined : absenceOf(folder)
  if (reason !== undefined) yield* new ConfigurationRefused({ setting: source, reason })
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
