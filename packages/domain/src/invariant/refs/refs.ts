/** Reads and changes the refs of a root. Some are in chunks, so this asks `Roots`, which reads them. */
import { Effect, Stream } from "effect"
import { type Page, type PageRequest, pageOf } from "../../port/Page.ts"
import type { RefEdit, RefList } from "../../repository/refs/RefList.ts"
import type { RefEntry } from "../../repository/refs/RefNode.ts"
import type { Root } from "../../repository/Root.ts"
import { Roots } from "../Roots.ts"
import type { RefsError } from "./RefChunks.ts"

const reading = <K extends string, V>({ repository }: Pick<Root, "repository">, { kind }: RefList<K, V>) =>
  Effect.map(Roots, ({ chunks }) => chunks.reading(repository.id, kind))

/** Finds the value of a key in a list of the root. */
export const refIn = <K extends string, V>(
  root: Pick<Root, "repository">,
  list: RefList<K, V>,
  key: string
): Effect.Effect<V | undefined, RefsError, Roots> => Effect.flatMap(reading(root, list), (read) => list.find(key, read))

/** Sets and deletes entries of a list of the root, each of a key of its own. */
export const withRefs = <K extends string, V>(
  root: Pick<Root, "repository">,
  list: RefList<K, V>,
  edits: ReadonlyArray<RefEdit<K, V>>
): Effect.Effect<RefList<K, V>, RefsError, Roots> =>
  Effect.flatMap(reading(root, list), (read) => list.with(edits, read))

/** Streams a list of the root in ascending order, as its entries are together in chunks. */
export const refParts = <K extends string, V>(
  root: Pick<Root, "repository">,
  list: RefList<K, V>
): Stream.Stream<ReadonlyArray<RefEntry<K, V>>, RefsError, Roots> =>
  Stream.unwrap(Effect.map(reading(root, list), (read) => list.from("", read)))

/** Streams a list of the root in ascending order. */
export const refsIn = <K extends string, V>(root: Pick<Root, "repository">, list: RefList<K, V>) =>
  Stream.flattenIterable(refParts(root, list))

/** Reads the first entries of a list of the root from a key on, at most so many. */
export const firstRefs = <K extends string, V>(
  root: Pick<Root, "repository">,
  list: RefList<K, V>,
  { count, from = "" }: { readonly count: number; readonly from?: string }
): Effect.Effect<ReadonlyArray<RefEntry<K, V>>, RefsError, Roots> =>
  Effect.flatMap(reading(root, list), (read) =>
    Stream.runCollect(Stream.take(Stream.flattenIterable(list.from(from, read, 1)), count))
  )

/** Reads a page of a list of the root, in ascending order of key. */
export const pageOfRefs = <K extends string, V>(
  root: Pick<Root, "repository">,
  list: RefList<K, V>,
  { after, limit }: PageRequest
): Effect.Effect<Page<RefEntry<K, V>>, RefsError, Roots> =>
  // The entry of `after` itself may be there, and one more says whether more follow.
  Effect.map(firstRefs(root, list, { count: limit + 2, ...(after === undefined ? {} : { from: after }) }), (entries) =>
    pageOf(entries, ([key]) => key, { after, limit })
  )
