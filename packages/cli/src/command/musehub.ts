/**
 * The root of the command tree and the flags that every command shares. A command gets its services from here, and no
 * more of them than it needs, so that probing a store does not start a database.
 */
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { objectStoreLayer, storageLayer } from "../Composition.ts"
import { indexExamples, objectStoreExamples } from "../config/adapters.ts"
import {
  fenceSetting,
  indexSetting,
  objectStoreSetting,
  pluginsSetting,
  readStorage,
  type StorageConfiguration
} from "../config/Configuration.ts"

export const musehub = Command.make("musehub").pipe(
  Command.withSharedFlags({
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print exactly one JSON value on stdout"),
      Flag.withDefault(false)
    ),
    objectStore: Flag.Redacted(objectStoreSetting.flag.slice(2)).pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        `Where the objects lie: ${objectStoreExamples} (${objectStoreSetting.variable}; default ` +
          `${objectStoreSetting.fallback})`
      ),
      Flag.optional
    ),
    index: Flag.Redacted(indexSetting.flag.slice(2)).pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        `Where the index lies: ${indexExamples} (${indexSetting.variable}, which keeps a password out of the ` +
          `list of processes; default ${indexSetting.fallback})`
      ),
      Flag.optional
    ),
    fence: Flag.String(fenceSetting.flag.slice(2)).pipe(
      Flag.withMetavar("store|database"),
      Flag.withDescription(
        "Who decides races between writers: conditional writes of the store, or locks in the database for a " +
          `store that has none (${fenceSetting.variable}; default ${fenceSetting.fallback})`
      ),
      Flag.optional
    )
  }),
  Command.withDescription(
    "The hub for muse repositories. Every command reads the same settings, and works while a hub runs on " +
      `them. Adapters of third parties: ${pluginsSetting.variable}=<package>,… With --json, stdout holds ` +
      "nothing but the result; what goes wrong is one line on stderr. Exit codes: 0 done, 1 refused, 2 wrong " +
      "command line or setting, 3 store or index unavailable, 70 a bug."
  )
)

/** The settings that flags and environment give. */
export const storageConfiguration = Effect.flatMap(musehub, readStorage)

/** Warns of a store that ends with this process. */
const warnOfMemory = ({ objectStore, index }: StorageConfiguration) =>
  objectStore.value.scheme === "memory" || index.value.scheme === "memory"
    ? Effect.logWarning("what lies in memory: is gone when this command ends, and no other process sees it")
    : Effect.void

/** Object store, index and roots, for a command that ends by itself. */
export const storage = Layer.unwrap(
  Effect.map(storageConfiguration, (configuration) =>
    Layer.tap(storageLayer(configuration), () => warnOfMemory(configuration))
  )
)

/** The object store alone. */
export const objectStoreOnly = Layer.unwrap(Effect.map(storageConfiguration, objectStoreLayer))
