/**
 * Manifests that were needed a moment ago: commits that arrive one after another are compared with their parents, which
 * mostly came just before. Bounded by entries; what fell out is read again.
 */
import { Effect } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { readSnapshot } from "../../invariant/ObjectReader.ts"
import type { SnapshotId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import { manifestOf, type ManifestSource } from "./introductions.ts"

/** Entries of all manifests that are kept: some 200 MiB. */
const entriesMax = 1_000_000

export class ManifestWindow {
  readonly #manifests = new BoundedMap<SnapshotId, Manifest>()
  /** Those that are not in the store yet, and so cannot be read again. */
  readonly #unwritten = new Set<SnapshotId>()
  /** All that were added. The index has no use for those that fell out: only the last of them becomes a head. */
  readonly #added = new Set<SnapshotId>()
  readonly #source: ManifestSource

  constructor(source: ManifestSource) {
    this.#source = source
  }

  /** Takes a manifest whose snapshot is being written; it stays until `written`. */
  add(id: SnapshotId, manifest: Manifest): void {
    this.#added.add(id)
    this.#unwritten.add(id)
    this.#keep(id, manifest)
  }

  /** The snapshot lies in the store now. */
  written(id: SnapshotId): void {
    this.#unwritten.delete(id)
  }

  /** The manifest of a snapshot that was added or lies in the store. */
  readonly get = Effect.fnUntraced(function* (this: ManifestWindow, id: SnapshotId) {
    const manifest = this.#manifests.get(id) ?? (yield* this.#read(id))
    this.#keep(id, manifest)
    return manifest
  })

  readonly #read = Effect.fnUntraced(function* (this: ManifestWindow, id: SnapshotId) {
    if (this.#added.has(id)) return (yield* readSnapshot(this.#source.id, id)).snapshot.manifest
    return yield* manifestOf(this.#source, id)
  })

  /** Makes it the latest, and lets the longest unused ones go. */
  #keep(id: SnapshotId, manifest: Manifest): void {
    this.#manifests.set(id, manifest, manifest.size)
    this.#manifests.trim({ weightMax: entriesMax, isPinned: (kept) => kept === id || this.#unwritten.has(kept) })
  }
}
