/**
 * Finds the manifests of legacy snapshots. A row may have only the change of another snapshot's manifest, which is
 * again such a change, and so on. Each manifest of such a chain is checked against its id, and those that were found
 * last stay in memory. No more than a bounded number of a chain's changes is in memory, however long it is.
 */
import { Effect, Result, Semaphore } from "effect"
import { BoundedMap } from "../../../base/BoundedMap.ts"
import { elementAt, expected, orDefault } from "../../../base/expected.ts"
import { inSlices } from "../../../base/Slices.ts"
import type { SnapshotId } from "../../../object/Id.ts"
import { snapshotIdOf } from "../../../object/Manifest.ts"
import { storedPathRefusal } from "../../../object/pathRefusal.ts"
import { type Snapshot, SnapshotChecker } from "../../../object/Snapshot.ts"
import {
  LegacyRecords,
  type LegacySnapshot,
  type LegacyUnavailable,
  type ManifestForm
} from "../../../port/legacy/LegacyRecords.ts"

/** Manifests in memory, and their entries, at some hundred bytes each. */
const manifestsMax = 2000
const entriesMax = 500_000
/** Entries of the changes that one chain keeps in memory on its way down; the others are read a second time. */
const changesMax = 200_000

/** Where a snapshot was found before, and what its base may be. Both spare reading rows. */
export interface Hints<E, R> {
  /** Finds a snapshot that was written already. */
  readonly written: (id: SnapshotId) => Effect.Effect<Snapshot | undefined, E, R>
  /** Lists the snapshots that the change of a row may be against, as far as they are known. */
  readonly bases: (id: SnapshotId) => Iterable<string>
}

/** Knows nothing. */
export const noHints: Hints<never, never> = { written: () => Effect.succeed(undefined), bases: () => [] }

/** Why there is no manifest: the snapshot whose row is wrong, which may be far down the chain, and what is wrong. */
interface Failure {
  readonly at: string
  readonly reason: string
}

/** A snapshot on the way down a chain. */
interface Link {
  readonly id: SnapshotId
  /** Undefined before it is read, and where it was dropped on the way down. */
  row: LegacySnapshot | undefined
  /** Whether the row was read before. */
  seen: boolean
  bases: ReadonlyArray<string>
  /** Whether all rows were asked for bases. */
  asked: boolean
  next: number
  readonly reasons: Array<string>
  /** Why the first base that has no manifest has none. */
  below: Failure | undefined
}

type Delta = Extract<ManifestForm, { readonly _tag: "Delta" }>

const weightOf = ({ forms }: LegacySnapshot): number =>
  forms.reduce((sum, form) => {
    if (Result.isFailure(form)) return sum
    const { success } = form
    return sum + (success._tag === "Whole" ? success.manifest.size : success.changed.size + success.removed.length)
  }, 0)

const deltaOf = ({ forms }: LegacySnapshot): Delta | undefined => {
  for (const form of forms) if (Result.isSuccess(form) && form.success._tag === "Delta") return form.success
  return undefined
}

/** Applies a change to a manifest. */
const applied = (base: ReadonlyMap<string, unknown>, { changed, removed }: Delta): ReadonlyMap<string, unknown> => {
  const manifest = new Map(base)
  for (const path of removed) manifest.delete(path)
  for (const [path, blob] of changed) manifest.set(path, blob)
  return manifest
}

export class ManifestChains<E = never, R = never> {
  readonly #hints: Hints<E, R>
  readonly #found = new BoundedMap<string, Snapshot>()
  /** Why the snapshots that the present search came to have no manifest. */
  readonly #failed = new Map<string, Failure>()
  readonly #checker = new SnapshotChecker(storedPathRefusal)

  /** Rows that were read ahead. */
  #ahead: ReadonlyMap<string, Result.Result<LegacySnapshot, string>> = new Map()
  /** The checker takes one snapshot at a time, and a search finds what the one before it found. */
  readonly #turn = Semaphore.makeUnsafe(1)

  constructor(hints: Hints<E, R>) {
    this.#hints = hints
  }

  /** Returns the snapshot, why its rows do not give it, or undefined if it has no row. */
  find(
    id: SnapshotId
  ): Effect.Effect<Result.Result<Snapshot, string> | undefined, LegacyUnavailable | E, LegacyRecords | R> {
    return this.#turn.withPermit(this.#find(id))
  }

  /** Remembers a snapshot that no row has. */
  remember(snapshot: Snapshot): void {
    this.#keep(snapshot)
  }

  /** Takes rows of snapshots that are about to be asked for, in the place of those that it took before. */
  expect(rows: ReadonlyMap<string, Result.Result<LegacySnapshot, string>>): void {
    this.#ahead = rows
  }

  #find(
    id: SnapshotId
  ): Effect.Effect<Result.Result<Snapshot, string> | undefined, LegacyUnavailable | E, LegacyRecords | R> {
    return Effect.gen({ self: this }, function* () {
      this.#failed.clear()
      const links = [this.#link(id)]
      const onWay = new Set<string>([id])
      let weight = 0
      for (let link = links.at(-1); link !== undefined; link = links.at(-1)) {
        const known = this.#known(link.id)
        const below = known === undefined ? yield* this.#step(link, onWay) : undefined
        if (below === undefined) {
          links.pop()
          onWay.delete(link.id)
          continue
        }
        weight += link.row === undefined ? 0 : weightOf(link.row)
        if (weight > changesMax) link.row = undefined
        links.push(this.#link(below))
        onWay.add(below)
      }
      const failure = this.#failed.get(id)
      return failure?.at === id && failure.reason === noRow
        ? undefined
        : expected(this.#known(id), `what became of snapshot ${id}`)
    })
  }

  #link(id: SnapshotId): Link {
    return { id, row: undefined, seen: false, bases: [], asked: false, next: 0, reasons: [], below: undefined }
  }

  #known(id: string): Result.Result<Snapshot, string> | undefined {
    const found = this.#found.touch(id)
    if (found !== undefined) return Result.succeed(found)
    const failure = this.#failed.get(id)
    if (failure === undefined) return undefined
    return Result.fail(failure.at === id ? failure.reason : `it is based on snapshot ${failure.at}: ${failure.reason}`)
  }

  #keep(snapshot: Snapshot): void {
    this.#found.set(snapshot.id, snapshot, 1 + snapshot.manifest.size)
    this.#found.trim({ sizeMax: manifestsMax, weightMax: entriesMax, isPinned: (id) => id === snapshot.id })
  }

  #fail({ below, id, reasons }: Link): void {
    this.#failed.set(id, orDefault(below, { at: id, reason: reasons.join("; ") }))
  }

  /** Tries to find a snapshot. Returns the one that has to be found before; undefined when it is settled. */
  #step(
    link: Link,
    onWay: ReadonlySet<string>
  ): Effect.Effect<SnapshotId | undefined, LegacyUnavailable | E, LegacyRecords | R> {
    return Effect.gen({ self: this }, function* () {
      if (link.row === undefined) {
        const isSettled = yield* this.#read(link)
        if (isSettled) return undefined
      }
      const row = expected(link.row, "the row of a link")
      const delta = deltaOf(row)
      if (delta === undefined) {
        this.#fail(link)
        return undefined
      }
      for (;;) {
        if (link.next === link.bases.length) {
          if (link.asked) break
          link.asked = true
          const { basesOf } = yield* LegacyRecords
          link.bases = [...new Set([...link.bases, ...(yield* basesOf(link.id))])]
          continue
        }
        const base = elementAt(link.bases, link.next) as SnapshotId
        const below = this.#known(base)
        if (below === undefined && !onWay.has(base)) return base
        link.next += 1
        if (below === undefined) {
          link.below ??= { at: link.id, reason: `delta_blob leads in a circle through snapshot ${base}` }
        } else if (Result.isFailure(below)) {
          link.below ??= this.#failed.get(base)
        } else if (yield* this.#settle(link, row, applied(below.success.manifest, delta), "delta_blob")) {
          return undefined
        }
      }
      if (link.bases.length === 0) link.reasons.push("delta_blob is against a snapshot that no row names")
      this.#fail(link)
      return undefined
    })
  }

  /** Reads the row of a link, and settles it where a column has the whole manifest. */
  #read(link: Link): Effect.Effect<boolean, LegacyUnavailable | E, LegacyRecords | R> {
    return Effect.gen({ self: this }, function* () {
      const isFirst = !link.seen
      link.seen = true
      const written = isFirst ? yield* this.#hints.written(link.id) : undefined
      if (written !== undefined) {
        this.#keep(written)
        return true
      }
      const { snapshots } = yield* LegacyRecords
      const row = this.#ahead.get(link.id) ?? (yield* snapshots([link.id])).get(link.id)
      if (row === undefined || Result.isFailure(row)) {
        link.reasons.push(row === undefined ? noRow : row.failure)
        this.#fail(link)
        return true
      }
      link.row = row.success
      if (!isFirst) return false
      link.bases = [...this.#hints.bases(link.id)]
      for (const form of row.success.forms) {
        if (Result.isFailure(form)) link.reasons.push(form.failure)
        else if (form.success._tag === "Whole") {
          if (yield* this.#settle(link, row.success, form.success.manifest, "its manifest")) return true
        }
      }
      return false
    })
  }

  /** Checks a manifest against the id. */
  #settle(link: Link, { createdAt }: LegacySnapshot, manifest: ReadonlyMap<string, unknown>, column: string) {
    // Rows whose manifest is elsewhere have the empty one as the default of a column.
    if (manifest.size === 0 && link.id !== emptyId) {
      link.reasons.push(`${column} gives ${emptyId}`)
      return Effect.succeed(false)
    }
    return Effect.map(
      inSlices(() => this.#checker.checking({ id: link.id, manifest, createdAt })),
      (checked) => {
        if (Result.isSuccess(checked)) {
          this.#keep(checked.success)
          return true
        }
        const { failure } = checked
        link.reasons.push(failure._tag === "ObjectRefused" ? failure.reason : `${column} gives ${failure.computed}`)
        return false
      }
    )
  }
}

const noRow = "it has no row"
const emptyId = snapshotIdOf(new Map())
