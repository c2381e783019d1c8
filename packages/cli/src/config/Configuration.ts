/** The settings of the operator and how they are read. Their names, defaults and bounds are defined here. */
import type { FenceKind } from "@musehub/domain/invariant/Fence"
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { UserName } from "@musehub/domain/repository/Names"
import { ByteSize, type Duration, Effect, Option, Redacted, Schema } from "effect"
import { isIP } from "node:net"
import { type DeadlineConfiguration, readDeadlines } from "./deadlines.ts"
import { refuseTilde } from "./folders.ts"
import { acceptedTime, parseTime } from "./parseTime.ts"
import { type Given, readSetting, type Setting } from "./Setting.ts"
import { type StoreUrl, storeUrl } from "./StoreUrl.ts"

/** Where the hub stores its data. */
export interface StorageConfiguration {
  readonly objectStore: Given<StoreUrl>
  readonly index: Given<StoreUrl>
  readonly fence: FenceKind
  readonly deadlines: DeadlineConfiguration
  /** What extracts symbols; none: the hub has none. */
  readonly extractor: Given<Option.Option<StoreUrl>>
  /** Whether the teams of organisations give roles. */
  readonly organizations: boolean
  /** Packages of third-party adapters. */
  readonly plugins: Given<ReadonlyArray<string>>
}

/** Where the hub listens. */
export interface ListenConfiguration {
  readonly host: string
  readonly port: number
}

/** The caches of the serving hub. */
export interface CacheConfiguration {
  /** The most bytes in memory; 0 for none. */
  readonly memoryBytesMax: number
  readonly directory: Option.Option<string>
  /** The most bytes in the directory; 0 for none. */
  readonly diskBytesMax: number
}

/** A legacy hub, whose rows replace missing objects until they are backfilled. */
export interface LegacyConfiguration {
  readonly database: Given<Redacted.Redacted>
  readonly objects: Given<string>
}

/** The flags that override the environment, as typed. */
export interface StorageFlags {
  readonly objectStore: Option.Option<Redacted.Redacted>
  readonly index: Option.Option<Redacted.Redacted>
  readonly fence: Option.Option<string>
}

export interface LegacyFlags {
  readonly database: Option.Option<Redacted.Redacted>
  readonly objects: Option.Option<string>
}

const none = Option.none()

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
} satisfies Setting<FenceKind>

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

/** A name that npm accepts, optionally with a path into the package; not a file path or URL. */
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

/** None: no symbols are extracted. */
export const extractorSetting = {
  variable: "MUSEHUB_EXTRACTOR",
  flag: null,
  fallback: "treesitter:",
  accepts: "the URL of an extractor, or none",
  parse: (text) => Option.some(text === "none" ? Option.none() : Option.some(storeUrl(text)))
} satisfies Setting<Option.Option<StoreUrl>>

export const organizationsSetting = {
  variable: "MUSEHUB_ORGANIZATIONS",
  flag: null,
  fallback: "off",
  accepts: "on or off",
  parse: (text) => (text === "on" || text === "off" ? Option.some(text === "on") : Option.none())
} satisfies Setting<boolean>

const sizeLengthMax = 32
const acceptedBytes = "a size such as 64MiB or 10GB, or 0 to keep nothing there"

/** Parses a number of bytes with its unit. A number without a unit is refused, since its meaning would be a guess. */
export const parseBytes = (text: string): Option.Option<number> =>
  text === "0"
    ? Option.some(0)
    : text.length > sizeLengthMax
      ? Option.none()
      : Option.flatMap(ByteSize.fromString(text), ByteSize.toNumber)

export const cacheMemorySetting = {
  variable: "MUSEHUB_CACHE_MEMORY",
  flag: null,
  fallback: "64MiB",
  accepts: acceptedBytes,
  parse: parseBytes
} satisfies Setting<number>

/** Parses a folder; an empty text means none. */
const parseFolder = (text: string): Option.Option<Option.Option<string>> => {
  if (text === "") return Option.some(Option.none())
  return text.includes("\0") || text.startsWith("~") ? Option.none() : Option.some(Option.some(text))
}

/** None: nothing is kept on disk. */
export const cacheDirectorySetting = {
  variable: "MUSEHUB_CACHE_DIR",
  flag: null,
  fallback: "",
  accepts: "a folder, without ~, which only a shell replaces",
  parse: parseFolder
} satisfies Setting<Option.Option<string>>

export const cacheDiskSetting = {
  variable: "MUSEHUB_CACHE_DISK",
  flag: null,
  fallback: "10GiB",
  accepts: acceptedBytes,
  parse: parseBytes
} satisfies Setting<number>

/** None: the hub does not pack by itself. */
export const packAfterSetting = {
  variable: "MUSEHUB_PACK_AFTER",
  flag: null,
  fallback: "2 seconds",
  accepts: `${acceptedTime}, or never`,
  parse: (text) => {
    if (text === "never") return Option.some(Option.none())
    return Option.map(parseTime(text), Option.some)
  }
} satisfies Setting<Option.Option<Duration.Duration>>

/** None: the hub does not collect garbage by itself. */
export const gcEverySetting = {
  variable: "MUSEHUB_GC_EVERY",
  flag: null,
  fallback: "never",
  accepts: `${acceptedTime}, or never`,
  parse: packAfterSetting.parse
} satisfies Setting<Option.Option<Duration.Duration>>

/** None: requests carry no token. */
export const clientTokenSetting = {
  variable: "MUSEHUB_TOKEN",
  flag: "--token",
  fallback: "",
  accepts: "a token of the hub",
  parse: (text) => Option.some(text === "" ? Option.none() : Option.some(Redacted.make(text)))
} satisfies Setting<Option.Option<Redacted.Redacted>>

/** None: there is no legacy hub. Accepts any text, because a refused value is repeated and this one may be secret. */
export const legacyDatabaseSetting = {
  variable: "MUSEHUB_LEGACY_DATABASE",
  flag: "--database",
  fallback: "",
  accepts: "the postgres:// URL of a legacy hub's database",
  parse: (text) => Option.some(text === "" ? Option.none() : Option.some(Redacted.make(text)))
} satisfies Setting<Option.Option<Redacted.Redacted>>

/** None: there is no legacy hub. */
export const legacyObjectsSetting = {
  variable: "MUSEHUB_LEGACY_OBJECTS",
  flag: "--objects",
  fallback: "",
  accepts: "the folder of a legacy hub's objects, or the s3:// URL of its bucket",
  parse: parseFolder
} satisfies Setting<Option.Option<string>>

/** The form of a user name, for messages. */
export const acceptedUser = "1 to 64 lower-case letters, digits and inner hyphens, and no word that the hub reserves"

/** None: the name comes from the operating system. */
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

/** The file that gets the token of the first start, where the output is not a terminal. */
export const firstTokenFileSetting = {
  variable: "MUSEHUB_FIRST_TOKEN_FILE",
  flag: null,
  fallback: ".musehub/first-token",
  accepts: "a file, without ~, which only a shell replaces",
  parse: (text) => (text === "" || text.includes("\0") || text.startsWith("~") ? Option.none() : Option.some(text))
} satisfies Setting<string>

/** Reads where the hub stores its data. Opens nothing. */
export const readStorage = Effect.fnUntraced(function* (flags: StorageFlags) {
  const configuration: StorageConfiguration = {
    objectStore: yield* refuseTilde(
      yield* readSetting(objectStoreSetting, Option.map(flags.objectStore, Redacted.value))
    ),
    index: yield* refuseTilde(yield* readSetting(indexSetting, Option.map(flags.index, Redacted.value))),
    fence: (yield* readSetting(fenceSetting, flags.fence)).value,
    deadlines: yield* readDeadlines(),
    extractor: yield* readSetting(extractorSetting, Option.none()),
    organizations: (yield* readSetting(organizationsSetting, Option.none())).value,
    plugins: yield* readSetting(pluginsSetting, Option.none())
  }
  return configuration
})

/** Reads where a backup of the object store is: the same storage, with its object store in place of the hub's. */
export const readBackup = Effect.fnUntraced(function* (storage: StorageConfiguration, url: Redacted.Redacted) {
  const setting = { ...objectStoreSetting, flag: "--from" }
  const objectStore = yield* refuseTilde(yield* readSetting(setting, Option.some(Redacted.value(url))))
  const configuration: StorageConfiguration = { ...storage, objectStore }
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

/** Reads the client's token; undefined for none. */
export const readClientToken = (flag: Option.Option<Redacted.Redacted>) =>
  Effect.map(readSetting(clientTokenSetting, Option.map(flag, Redacted.value)), ({ value }) =>
    Option.getOrUndefined(value)
  )

/** Reads the settings of the caches. Opens nothing. */
export const readCache = Effect.fnUntraced(function* () {
  const configuration: CacheConfiguration = {
    memoryBytesMax: (yield* readSetting(cacheMemorySetting, Option.none())).value,
    directory: (yield* readSetting(cacheDirectorySetting, Option.none())).value,
    diskBytesMax: (yield* readSetting(cacheDiskSetting, Option.none())).value
  }
  return configuration
})

/** Reads where a legacy hub stores its data, if there is one. Opens nothing. */
export const readLegacy = Effect.fnUntraced(function* (flags?: LegacyFlags) {
  const { database: databaseFlag, objects: objectsFlag } = flags ?? { database: none, objects: none }
  const database = yield* readSetting(legacyDatabaseSetting, Option.map(databaseFlag, Redacted.value))
  const objects = yield* readSetting(legacyObjectsSetting, objectsFlag)
  const lacking = ({ accepts, flag, variable }: Setting<unknown>) =>
    new ConfigurationRefused({
      setting: variable,
      reason: `not given${flags === undefined ? "" : `, nor ${String(flag)}`}; expected ${accepts}`
    })
  if (Option.isNone(database.value) && Option.isNone(objects.value)) return Option.none<LegacyConfiguration>()
  if (Option.isNone(database.value)) return yield* lacking(legacyDatabaseSetting)
  if (Option.isNone(objects.value)) return yield* lacking(legacyObjectsSetting)
  return Option.some<LegacyConfiguration>({
    database: { source: database.source, value: database.value.value },
    objects: { source: objects.source, value: objects.value.value }
  })
})
