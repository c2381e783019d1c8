/**
 * From the configuration to the services that the use cases need. The only place that turns settings into layers; it
 * builds the object store first, so that a wrong URL is refused before a database is started.
 */
import { layer as rootsLayer, type Roots } from "@musehub/domain/invariant/Roots"
import { IndexStore, type IndexUnavailable } from "@musehub/domain/port/IndexStore"
import { ObjectStore, type StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { ConfigurationRefused, type IndexStorePlugin, type ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer, Redacted } from "effect"
import { indexPlugin, objectStorePlugin } from "./config/adapters.ts"
import type { StorageConfiguration } from "./config/Configuration.ts"
import type { Given } from "./config/Setting.ts"
import { shownUrl, type StoreUrl } from "./config/StoreUrl.ts"

/** An adapter's refusal, under the name of the setting that the operator can change. */
const renamed =
  ({ source, value }: Given<StoreUrl>) =>
  ({ reason }: ConfigurationRefused) =>
    new ConfigurationRefused({ setting: source, reason: `${shownUrl(value)} is not accepted: ${reason}` })

/** The object store that the configuration names. */
export const objectStoreLayer = (
  configuration: StorageConfiguration
): Layer.Layer<ObjectStore, ConfigurationRefused | StoreUnavailable> => {
  const { objectStore } = configuration
  const open = (plugin: ObjectStorePlugin) =>
    Layer.catchTag(plugin.layer(Redacted.value(objectStore.value.text)), "ConfigurationRefused", (refused) =>
      Layer.effect(ObjectStore, Effect.fail(renamed(objectStore)(refused)))
    )
  return Layer.unwrap(Effect.map(objectStorePlugin(configuration), open))
}

/** The index that the configuration names. */
export const indexLayer = (
  configuration: StorageConfiguration
): Layer.Layer<IndexStore, ConfigurationRefused | IndexUnavailable> => {
  const { index } = configuration
  const open = (plugin: IndexStorePlugin) =>
    Layer.catchTag(plugin.layer(Redacted.value(index.value.text)), "ConfigurationRefused", (refused) =>
      Layer.effect(IndexStore, Effect.fail(renamed(index)(refused)))
    )
  return Layer.unwrap(Effect.map(indexPlugin(configuration), open))
}

/** Everything that use cases need. */
export const storageLayer = (
  configuration: StorageConfiguration
): Layer.Layer<ObjectStore | IndexStore | Roots, ConfigurationRefused | StoreUnavailable | IndexUnavailable> =>
  rootsLayer(configuration.fence).pipe(
    Layer.provideMerge(indexLayer(configuration)),
    Layer.provideMerge(objectStoreLayer(configuration))
  )
