/**
 * The adapters by the scheme of their URLs. An adapter is imported only when its scheme is chosen, so that a hub on
 * files does not load a cloud SDK. Third-party adapters add schemes and cannot replace built-in ones.
 */
import {
  ConfigurationRefused,
  type ExtractorPlugin,
  type IndexPlugin,
  type ObjectStorePlugin,
  type Plugin
} from "@musehub/domain/port/Plugin"
import { Effect } from "effect"
import { pluginsSetting, type StorageConfiguration } from "./Configuration.ts"
import { loadPlugin } from "./plugins.ts"
import { type Given, refusal } from "./Setting.ts"
import { shownUrl, type StoreUrl } from "./StoreUrl.ts"

interface Adapter<P extends Plugin> {
  readonly scheme: string
  /** The form of a URL, short enough for a line that lists all of them. */
  readonly example: string
  readonly load: Effect.Effect<P>
}

const objectStores: ReadonlyArray<Adapter<ObjectStorePlugin>> = [
  {
    scheme: "file",
    example: "file:<folder>",
    load: Effect.promise(async () => (await import("@musehub/adapter-filesystem/plugin")).plugin)
  },
  {
    scheme: "s3",
    example: "s3://bucket/prefix?endpoint=…&region=…&path_style=true",
    load: Effect.promise(async () => (await import("@musehub/adapter-s3/plugin")).plugin)
  },
  {
    scheme: "memory",
    example: "memory:",
    load: Effect.promise(async () => (await import("@musehub/adapter-memory/plugin")).objectStorePlugin)
  }
]

const indexes: ReadonlyArray<Adapter<IndexPlugin>> = [
  {
    scheme: "embedded",
    example: "embedded:<folder>",
    load: Effect.promise(async () => (await import("@musehub/adapter-postgres/plugin")).embeddedPlugin)
  },
  {
    scheme: "postgres",
    example: "postgres://user:password@host:5432/database",
    load: Effect.promise(async () => (await import("@musehub/adapter-postgres/plugin")).postgresPlugin)
  },
  {
    scheme: "postgresql",
    example: "postgresql://…",
    load: Effect.promise(async () => (await import("@musehub/adapter-postgres/plugin")).postgresqlPlugin)
  },
  {
    scheme: "memory",
    example: "memory:",
    load: Effect.promise(async () => (await import("@musehub/adapter-memory/plugin")).indexPlugin)
  }
]

const extractors: ReadonlyArray<Adapter<ExtractorPlugin>> = [
  {
    scheme: "treesitter",
    example: "treesitter:",
    load: Effect.promise(async () => (await import("@musehub/adapter-treesitter/plugin")).plugin)
  }
]

/** The URL forms of the built-in adapters, for `--help`. */
export const objectStoreExamples = objectStores.map(({ example }) => example).join(" | ")
export const indexExamples = indexes.map(({ example }) => example).join(" | ")

const foreign = <P extends Plugin>(plugin: P): Adapter<P> => ({
  scheme: plugin.scheme,
  example: plugin.usage,
  load: Effect.succeed(plugin)
})

const choose = <P extends Plugin>(adapters: ReadonlyArray<Adapter<P>>, { source, value }: Given<StoreUrl>) => {
  const adapter = adapters.find(({ scheme }) => scheme === value.scheme)
  return adapter === undefined
    ? refusal(source, shownUrl(value), adapters.map(({ example }) => example).join(" or "))
    : adapter.load
}

/** Refuses two adapters with one scheme, which would make the choice between them arbitrary. */
const unambiguous = <P extends Plugin>(adapters: ReadonlyArray<Adapter<P>>) => {
  const schemes = adapters.map(({ scheme }) => scheme)
  const twice = schemes.find((scheme, position) => schemes.indexOf(scheme) !== position)
  return twice === undefined
    ? Effect.succeed(adapters)
    : new ConfigurationRefused({
        setting: pluginsSetting.variable,
        reason: `there is more than one adapter for ${twice}: URLs`
      })
}

const isObjectStore = (plugin: Plugin): plugin is ObjectStorePlugin => plugin.port === "ObjectStore"
const isExtractor = (plugin: Plugin): plugin is ExtractorPlugin => plugin.port === "Extractor"
const isIndex = (plugin: Plugin): plugin is IndexPlugin => plugin.port === "Index"

const foreignAdapters = ({ plugins }: StorageConfiguration) => Effect.forEach(plugins.value, loadPlugin)

/** Chooses the plugin for the object store's URL. */
export const objectStorePlugin = Effect.fnUntraced(function* (configuration: StorageConfiguration) {
  const others = (yield* foreignAdapters(configuration)).filter(isObjectStore)
  return yield* choose(
    yield* unambiguous([...objectStores, ...others.map((plugin) => foreign(plugin))]),
    configuration.objectStore
  )
})

/** Chooses the plugin for the index's URL. */
export const indexPlugin = Effect.fnUntraced(function* (configuration: StorageConfiguration) {
  const others = (yield* foreignAdapters(configuration)).filter(isIndex)
  return yield* choose(
    yield* unambiguous([...indexes, ...others.map((plugin) => foreign(plugin))]),
    configuration.index
  )
})

/** Chooses the plugin for the extractor's URL. */
export const extractorPlugin = Effect.fnUntraced(function* (
  configuration: StorageConfiguration,
  chosen: Given<StoreUrl>
) {
  const others = (yield* foreignAdapters(configuration)).filter(isExtractor)
  return yield* choose(yield* unambiguous([...extractors, ...others.map((plugin) => foreign(plugin))]), chosen)
})
