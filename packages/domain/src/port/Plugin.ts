/**
 * How an adapter registers: one value per port, chosen by the scheme of a URL. A third party publishes a package whose
 * default export is a plugin, names it in `MUSEHUB_PLUGINS`, and tests it with the suites of `@musehub/contract`.
 */
import { type Layer, Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { Extractor } from "./extractor/Extractor.ts"
import type { FormatTooNew } from "./FormatTooNew.ts"
import type { Index } from "./index/Index.ts"
import type { IndexUnavailable } from "./index/IndexUnavailable.ts"
import type { ObjectStore, StoreUnavailable } from "./ObjectStore.ts"

/** The setting cannot be used. `reason` is one line for the operator and never contains a password. */
export class ConfigurationRefused extends Schema.TaggedError<ConfigurationRefused>()("ConfigurationRefused", {
  kind: errorKind("misconfigured"),
  setting: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.setting}: ${this.reason}`
  }
}

export interface ObjectStorePlugin {
  readonly port: "ObjectStore"
  /** The part of the URL before the colon. */
  readonly scheme: string
  /** An example URL, for `--help`. */
  readonly usage: string
  /** Opens the store at the URL. The URL is parsed, and refused if invalid, before anything is touched. */
  readonly layer: (url: string) => Layer.Layer<ObjectStore, ConfigurationRefused | StoreUnavailable>
}

export interface IndexPlugin {
  readonly port: "Index"
  readonly scheme: string
  readonly usage: string
  /** Opens the index at the URL. One in a newer format than the adapter knows is refused before anything is written. */
  readonly layer: (url: string) => Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable>
  /**
   * Opens an empty index beside the one at the URL, which it leaves alone and which need not exist. It is deleted when
   * the layer ends, or else when the next one is opened. An adapter without it cannot be proved.
   */
  readonly shadow?: (url: string) => Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable>
}

export interface ExtractorPlugin {
  readonly port: "Extractor"
  readonly scheme: string
  readonly usage: string
  /** Makes the extractor at the URL. It takes next to nothing until the first file comes. */
  readonly layer: (url: string) => Layer.Layer<Extractor, ConfigurationRefused>
}

export type Plugin = ObjectStorePlugin | IndexPlugin | ExtractorPlugin
