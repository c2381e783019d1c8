/**
 * The object store in memory, for tests and for trying the hub out. It keeps every promise of the port except that the
 * bytes end with the process.
 */
import { type Entry, objectStoreOf, type Options } from "@musehub/domain/port/Entries"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Layer, Option } from "effect"

/** Creates an empty store that lives as long as the layer. */
export const layer = (options: Options = {}): Layer.Layer<ObjectStore> =>
  Layer.sync(ObjectStore, () => {
    const entries = new Map<string, Entry>()
    return objectStoreOf(
      {
        scheme: "memory",
        location: "memory:",
        read: (path) => Effect.sync(() => Option.fromUndefinedOr(entries.get(path))),
        write: (entry, expected) =>
          Effect.sync(() => {
            const current = entries.get(entry.path)?.version
            const wanted = expected._tag === "Version" ? expected.version : undefined
            const fits = expected._tag === "Any" || current === wanted
            if (fits) entries.set(entry.path, entry)
            return fits
          }),
        delete: (path) => Effect.sync(() => void entries.delete(path)),
        list: ({ after, before, limit }) =>
          Effect.sync(() =>
            [...entries.values()]
              .filter(({ path }) => path > after && path < before)
              .toSorted((left, right) => (left.path < right.path ? -1 : 1))
              .slice(0, limit)
          )
      },
      options
    )
  })
