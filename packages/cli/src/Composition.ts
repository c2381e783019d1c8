/**
 * Builds the services of the use cases from the configuration. This is the only place that turns settings into layers.
 * It builds the object store first, so that a wrong URL or a newer format is refused before a database is started.
 */
import { layer as cacheLayer } from "@musehub/adapter-cache/CachedObjectStore"
import { layer as guardedIndex } from "@musehub/adapter-guard/guardedIndex"
import { layer as guardedStore } from "@musehub/adapter-guard/guardedStore"
import { layer as lateIndex } from "@musehub/adapter-guard/lateIndex"
import type { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import type { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { layer as fenceLayer } from "@musehub/domain/invariant/Fence"
import { type PackMemory, passingMemory, servingMemory } from "@musehub/domain/invariant/packs/PackMemory"
import { layer as packsLayer, layerWith as packsLayerWith, type Packs } from "@musehub/domain/invariant/packs/Packs"
import { layer as rootsLayer, type Roots } from "@musehub/domain/invariant/Roots"
import type { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import type { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { layer as identifiedStore } from "@musehub/domain/port/interpose/identifiedStore"
import { measuredIndex, measuredStore } from "@musehub/domain/port/interpose/measured"
import { layer as writeGate } from "@musehub/domain/port/interpose/WriteGate"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import {
  ConfigurationRefused,
  type ExtractorPlugin,
  type IndexPlugin,
  type ObjectStorePlugin
} from "@musehub/domain/port/Plugin"
import type { StoreForeign } from "@musehub/domain/port/StoreForeign"
import { isUsed, requireKnownFormat } from "@musehub/domain/usecase/operations/requireKnownFormat"
import { type KnownTokens, layer as knownTokens } from "@musehub/domain/usecase/people/KnownTokens"
import { layer as teams } from "@musehub/domain/usecase/access/Organizations"
import { layer as legacyReconstruction } from "@musehub/domain/usecase/operations/legacy/legacyReconstruction"
import { requireSameHub, type SameHubError } from "@musehub/domain/usecase/operations/requireSameHub"
import { layer as deriving } from "@musehub/domain/usecase/derive/Deriving"
import { layer as packing } from "@musehub/domain/usecase/packs/Packing"
import { type Duration, Effect, Layer, Option, Redacted } from "effect"
import { access, constants, mkdir } from "node:fs/promises"
import { extractorPlugin, indexPlugin, objectStorePlugin } from "./config/adapters.ts"
import { OpeningFailed } from "./errors.ts"
import {
  type CacheConfiguration,
  cacheDirectorySetting,
  type LegacyConfiguration,
  type StorageConfiguration
} from "./config/Configuration.ts"
import { absolute, requireFolder } from "./config/folders.ts"
import { opening } from "./config/opening.ts"
import { type Given, quoted } from "./config/Setting.ts"
import { shownUrl, type StoreUrl } from "./config/StoreUrl.ts"

/** The errors of opening what settings name. */
type OpenError = ConfigurationRefused | FormatTooNew | OpeningFailed | StoreForeign

/** Renames an adapter's refusal to the setting that the operator can change. */
const renamed =
  ({ source, value }: Given<StoreUrl>) =>
  ({ reason }: ConfigurationRefused) =>
    new ConfigurationRefused({ setting: source, reason: `${shownUrl(value)} is not accepted: ${reason}` })

/** Opens the object store of the configuration, whatever is in it. */
const openedStore = (configuration: StorageConfiguration) => {
  const { objectStore } = configuration
  const open = (plugin: ObjectStorePlugin) =>
    Layer.catchTag(plugin.layer(Redacted.value(absolute(objectStore.value).text)), "ConfigurationRefused", (refused) =>
      Layer.effect(ObjectStore, Effect.fail(renamed(objectStore)(refused)))
    )
  return Layer.unwrap(Effect.map(objectStorePlugin(configuration), open))
}

/** Builds the object store of the configuration. Refuses one whose format is newer than this hub knows. */
export const objectStoreLayer = (configuration: StorageConfiguration): Layer.Layer<ObjectStore, OpenError> =>
  opening(
    configuration.objectStore.source,
    Layer.tap(openedStore(configuration), (services) => Effect.provide(requireKnownFormat, services))
  )

/**
 * Builds an object store that is only read. Refuses one that no hub has used, and writes nothing to it: most often its
 * URL is wrong, or its volume is not mounted.
 */
export const usedStoreLayer = (configuration: StorageConfiguration): Layer.Layer<ObjectStore, OpenError> => {
  const { objectStore } = configuration
  const requireUsed = Effect.gen(function* () {
    if (yield* isUsed) return
    const { location } = yield* ObjectStore
    const reason = `no hub has used ${location}, which is empty; is the URL right, and the volume mounted?`
    yield* new ConfigurationRefused({ setting: objectStore.source, reason })
  })
  return opening(
    objectStore.source,
    Layer.unwrap(
      Effect.as(
        requireFolder(objectStore),
        Layer.tap(openedStore(configuration), (services) => Effect.provide(requireUsed, services))
      )
    )
  )
}

/** Builds the index of the configuration. Refuses a store that is not the index's. */
export const indexLayer = (
  configuration: StorageConfiguration
): Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable | SameHubError, ObjectStore> => {
  const { index } = configuration
  const open = (plugin: IndexPlugin) =>
    Layer.catchTag(plugin.layer(Redacted.value(absolute(index.value).text)), "ConfigurationRefused", (refused) =>
      Layer.effectContext(Effect.fail(renamed(index)(refused)))
    )
  return Layer.tap(Layer.unwrap(Effect.map(indexPlugin(configuration), open)), (services) =>
    Effect.provide(requireSameHub, services)
  )
}

/** Opens an empty index beside the one of the configuration, as long as the scope lasts. */
export const shadowIndex = Effect.fnUntraced(function* (configuration: StorageConfiguration) {
  const { index } = configuration
  const { scheme, shadow } = yield* indexPlugin(configuration)
  if (shadow === undefined) {
    const reason = `the adapter for ${scheme}: has no second index beside the first`
    return yield* new ConfigurationRefused({ setting: index.source, reason })
  }
  const opened = Layer.catchTag(shadow(Redacted.value(absolute(index.value).text)), "ConfigurationRefused", (refused) =>
    Layer.effectContext(Effect.fail(renamed(index)(refused)))
  )
  return yield* Layer.build(opening(index.source, opened))
})

/** Refuses a folder that cannot be written, before the cache goes on without it. */
const requireWritable = Effect.fnUntraced(function* (setting: string, folder: string) {
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await access(folder, constants.W_OK | constants.X_OK)
    },
    catch: (cause) =>
      new OpeningFailed({ setting, what: `the folder ${quoted(folder)} cannot be used`, mayPass: false, cause })
  })
})

/**
 * Puts the caches in front of the object store. Commands that judge the store, such as the probe, use the bare one.
 */
export const cachedLayer = ({
  directory,
  diskBytesMax,
  memoryBytesMax
}: CacheConfiguration): Layer.Layer<ObjectStore, OpeningFailed, ObjectStore> => {
  const disk =
    Option.isSome(directory) && diskBytesMax > 0 ? { directory: directory.value, bytesMax: diskBytesMax } : undefined
  return memoryBytesMax === 0 && disk === undefined
    ? Layer.effect(ObjectStore, ObjectStore)
    : Layer.unwrap(
        Effect.as(
          disk === undefined ? Effect.void : requireWritable(cacheDirectorySetting.variable, disk.directory),
          cacheLayer({ memoryBytesMax, disk })
        )
      )
}

/** Opens the folder or the bucket of a legacy hub's objects. */
const legacyFiles = Effect.fnUntraced(function* (objects: string) {
  if (objects.startsWith("s3:")) {
    const { openLegacyBucket } = yield* Effect.promise(() => import("@musehub/adapter-s3/legacyBucket"))
    return yield* openLegacyBucket(objects)
  }
  const { openLegacyFolder } = yield* Effect.promise(() => import("@musehub/adapter-legacy/legacyFolder"))
  return yield* openLegacyFolder(objects.replace(/^file:/, ""))
})

/** Renames a refusal to the setting that the operator can change. */
const refusedBy =
  (setting: string) =>
  ({ reason }: ConfigurationRefused) =>
    Effect.fail(new ConfigurationRefused({ setting, reason }))

/** Builds the readers of a legacy hub. Its adapters are imported only if one is configured. */
export const legacyLayer = ({
  database,
  objects
}: LegacyConfiguration): Layer.Layer<LegacyHub | LegacyRecords, OpenError> =>
  opening(
    `${database.source}, ${objects.source}`,
    Layer.unwrap(
      Effect.gen(function* () {
        const [PostgresUrl, LegacyPostgres] = yield* Effect.promise(() =>
          Promise.all([
            import("@musehub/adapter-postgres/PostgresUrl"),
            import("@musehub/adapter-legacy/LegacyPostgres")
          ])
        )
        const refused = refusedBy(database.source)
        const target = yield* Effect.catchTag(
          PostgresUrl.parse(Redacted.value(database.value)),
          "ConfigurationRefused",
          refused
        )
        const files = yield* Effect.catchTag(
          legacyFiles(objects.value),
          "ConfigurationRefused",
          refusedBy(objects.source)
        )
        return Layer.catchTag(LegacyPostgres.layer({ ...target, files }), "ConfigurationRefused", (error) =>
          Layer.effectContext(refused(error))
        )
      })
    )
  )

/**
 * Builds what the serving hub reads objects from: the store behind the caches, and the rows of a legacy hub for objects
 * that the store lacks. No other command reads those rows.
 */
export const servedLayer = (
  cache: CacheConfiguration,
  legacy: Option.Option<LegacyConfiguration>
): Layer.Layer<ObjectStore | Packs, OpenError, ObjectStore | Roots> =>
  Layer.merge(
    Layer.provideMerge(packsLayer, cachedLayer(cache)),
    Option.match(legacy, {
      onNone: () => Layer.empty,
      onSome: (given) => Layer.provide(legacyReconstruction, legacyLayer(given))
    })
  )

/** Merges packs in the background, `after` the last push; does nothing if that is left to the operator. */
export const packingLayer = (after: Option.Option<Duration.Duration>): Layer.Layer<never, never, Storage> =>
  Option.match(after, { onNone: () => Layer.empty, onSome: packing })

/** Derives in the background, in what no other hub of the index is at. */
export const derivingLayer: Layer.Layer<never, never, Storage> = deriving()

/** Makes the extractor of symbols, if the hub has one. Its parser starts with the first file. */
const extractorLayer = (configuration: StorageConfiguration): Layer.Layer<never, OpenError> => {
  const { source, value } = configuration.extractor
  if (Option.isNone(value)) return Layer.empty
  const chosen = { source, value: value.value }
  const open = (plugin: ExtractorPlugin) =>
    Layer.catchTag(plugin.layer(Redacted.value(chosen.value.text)), "ConfigurationRefused", (refused) =>
      Layer.effectContext(Effect.fail(renamed(chosen)(refused)))
    )
  return opening(source, Layer.unwrap(Effect.map(extractorPlugin(configuration, chosen), open)))
}

/** The services that use cases need. */
export type Storage = ObjectStore | Index | KnownTokens | Packs | Roots

/** Builds the services that use cases need, over any index. */
const storageOn = <E>(
  configuration: StorageConfiguration,
  index: Layer.Layer<Index, E, ObjectStore>,
  memory: PackMemory
): Layer.Layer<Storage, E | OpenError> =>
  Layer.mergeAll(knownTokens, extractorLayer(configuration), configuration.organizations ? teams : Layer.empty).pipe(
    Layer.provideMerge(Layer.provideMerge(packsLayerWith(memory), rootsLayer)),
    Layer.provideMerge(fenceLayer(configuration.fence)),
    Layer.provideMerge(Layer.provide(measuredIndex, index)),
    Layer.provideMerge(
      opening(
        configuration.objectStore.source,
        writeGate.pipe(
          Layer.provide(measuredStore),
          Layer.provide(identifiedStore),
          Layer.provide(guardedStore(configuration.deadlines.store)),
          Layer.provide(objectStoreLayer(configuration))
        )
      )
    )
  )

/** Opens the index behind its deadlines. */
export const openIndexLayer = (configuration: StorageConfiguration): Layer.Layer<Index, OpenError, ObjectStore> =>
  opening(
    configuration.index.source,
    Layer.provide(guardedIndex(configuration.deadlines.index), indexLayer(configuration))
  )

/** Builds the services that use cases need, for a command that ends by itself. */
export const storageLayer = (configuration: StorageConfiguration): Layer.Layer<Storage, OpenError> =>
  storageOn(configuration, openIndexLayer(configuration), passingMemory)

/** Builds the services of the serving hub, which starts without its index if that is unavailable. */
export const servingLayer = (configuration: StorageConfiguration): Layer.Layer<Storage, OpenError> =>
  storageOn(
    configuration,
    opening(configuration.index.source, lateIndex(indexLayer(configuration), configuration.deadlines.index)),
    servingMemory
  )
