/**
 * Which adapters there are, by the scheme of their URLs. Adapters with large drivers are imported when their scheme is
 * chosen and not before, so that nobody who stores files waits for an SDK of the cloud.
 */
import type { ConfigurationRefused, IndexStorePlugin, ObjectStorePlugin, Plugin } from "@musehub/domain/port/Plugin"
import { Effect } from "effect"
import { loadPlugin } from "./plugins.ts"
import { type Given, refusal } from "./Setting.ts"
import { shownUrl, type StoreUrl } from "./StoreUrl.ts"

interface Adapter<P extends Plugin> {
  readonly scheme: string
  /** What a URL looks like, short enough for a line that lists all of them. */
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
