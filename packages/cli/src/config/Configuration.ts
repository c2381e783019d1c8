/**
 * What the operator can set, and how it is read. The one place that knows names, defaults and bounds of the settings.
 */
import type { Fence } from "@musehub/domain/invariant/Roots"
import { UserName } from "@musehub/domain/repository/Names"
import { Effect, Option, Redacted, Schema } from "effect"
import { isIP } from "node:net"
import { type Given, readSetting, type Setting } from "./Setting.ts"
import { type StoreUrl, storeUrl } from "./StoreUrl.ts"

/** Where the hub keeps its things. */
export interface StorageConfiguration {
  readonly objectStore: Given<StoreUrl>
  readonly index: Given<StoreUrl>
  readonly fence: Fence
  /** Packages of adapters by third parties. */
  readonly plugins: Given<ReadonlyArray<string>>
}

/** Where the hub listens. */
export interface ListenConfiguration {
  readonly host: string
  readonly port: number
}

/** The flags that override the environment, as they were typed. */
export interface StorageFlags {
  readonly objectStore: Option.Option<Redacted.Redacted>
  readonly index: Option.Option<Redacted.Redacted>
  readonly fence: Option.Option<string>
}

export interface ListenFlags {
  readonly host: Option.Option<string>
  readonly port: Option.Option<string>
}

export const objectStoreSetting = {
  variable: "MUSEHUB_OBJECT_STORE",
  flag: "--object-store",
  fallback: "file:.musehub/objects",
  accepts: "the URL of an object store",
  parse: (text) => Option.some(storeUrl(text))
} satisfies Setting<StoreUrl>

export const indexSetting = {
  variable: "MUSEHUB_INDEX",
  flag: "--index",
  fallback: "embedded:.musehub/postgres",
  accepts: "the URL of an index",
  parse: (text) => Option.some(storeUrl(text))
} satisfies Setting<StoreUrl>

export const fenceSetting = {
  variable: "MUSEHUB_FENCE",
  flag: "--fence",
  fallback: "store",
  accepts: "store or database",
  parse: (text) => (text === "store" || text === "database" ? Option.some(text) : Option.none())
} satisfies Setting<Fence>

const hostNamePattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/

export const hostSetting = {
  variable: "MUSEHUB_HOST",
  flag: "--host",
  fallback: "127.0.0.1",
  accepts: "an IP address or a host name, without port",
  parse: (text) => (isIP(text) !== 0 || hostNamePattern.test(text) ? Option.some(text) : Option.none())
} satisfies Setting<string>

const portMax = 65_535

export const portSetting = {
  variable: "MUSEHUB_PORT",
  flag: "--port",
  fallback: "10003",
  accepts: `a whole number from 0 to ${portMax} (0: any free port)`,
  parse: (text) => (/^[0-9]{1,5}$/.test(text) && Number(text) <= portMax ? Option.some(Number(text)) : Option.none())
} satisfies Setting<number>

/** A name that npm accepts, perhaps with a path into the package; never a path or URL of its own. */
const packagePattern = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(\/[A-Za-z0-9_-]+)*$/

export const pluginsSetting: Setting<ReadonlyArray<string>> = {
  variable: "MUSEHUB_PLUGINS",
  flag: null,
  fallback: "",
  accepts: "names of npm packages, separated by commas",
  parse: (text) => {
    const names = text === "" ? [] : text.split(",").map((name) => name.trim())
    return names.every((name) => packagePattern.test(name)) ? Option.some([...new Set(names)]) : Option.none()
  }
}

/** What a user can be called, for messages. */
export const acceptedUser = "1 to 64 lower-case letters, digits and inner hyphens, and no word that the hub reserves"

/** None: the name is taken from the operating system. */
export const firstUserSetting = {
  variable: "MUSEHUB_USER",
  flag: "--user",
  fallback: "",
  accepts: acceptedUser,
  parse: (text) => {
    if (text === "") return Option.some(Option.none())
    const name = Schema.decodeUnknownOption(UserName)(text)
    return Option.isSome(name) ? Option.some(name) : Option.none()
  }
} satisfies Setting<Option.Option<UserName>>

/** Reads where the hub keeps its things. Nothing is opened. */
export const readStorage = Effect.fnUntraced(function* (flags: StorageFlags) {
  const configuration: StorageConfiguration = {
    objectStore: yield* readSetting(objectStoreSetting, Option.map(flags.objectStore, Redacted.value)),
    index: yield* readSetting(indexSetting, Option.map(flags.index, Redacted.value)),
    fence: (yield* readSetting(fenceSetting, flags.fence)).value,
    plugins: yield* readSetting(pluginsSetting, Option.none())
  }
  return configuration
})

/** Reads where the hub listens. */
export const readListen = Effect.fnUntraced(function* (flags: ListenFlags) {
  const configuration: ListenConfiguration = {
    host: (yield* readSetting(hostSetting, flags.host)).value,
    port: (yield* readSetting(portSetting, flags.port)).value
  }
  return configuration
})
