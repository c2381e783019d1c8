/** Histories in memory for merges, with files as text. */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { Effect } from "effect"
import { blobOf } from "@musehub/domain/object/Blob"
import { type BlobId, CommitId } from "@musehub/domain/object/Id"
import { type Manifest, snapshotIdOf } from "@musehub/domain/object/Manifest"
import { sha256 } from "@musehub/domain/object/Digest"
import { CommitGraph, emptySource } from "@musehub/domain/history/CommitGraph"
import { mergeCommits, type MergeResult, type MergeSource } from "@musehub/domain/merge/merge"

/** Path to content. */
export type Tree = Readonly<Record<string, string | Uint8Array>>

export interface MergedTree {
  /** Path to content as text; null when there were conflicts. */
  readonly tree: Readonly<Record<string, string>> | null
  readonly conflicts: Extract<MergeResult, { readonly outcome: "conflicted" }>["conflicts"]
  readonly result: MergeResult
}

export class History {
  private readonly nodes = new Map<CommitId, CommitNode>()
  private readonly manifests = new Map<CommitId, Manifest>()
  readonly blobs = new Map<BlobId, Uint8Array>()
  readonly source: MergeSource<never> = {
    graph: new CommitGraph(emptySource, this.nodes),
    manifestOf: (commit) => Effect.succeed(this.manifests.get(commit) ?? new Map()),
    readBlob: (blob, bytesMax) =>
      Effect.sync(() => {
        const bytes = this.blobs.get(blob)
        return bytes !== undefined && bytes.byteLength <= bytesMax ? bytes : undefined
      })
  }

  blob(content: string | Uint8Array): BlobId {
    const bytes = Buffer.from(content)
    const { id } = blobOf(bytes)
    this.blobs.set(id, bytes)
    return id
  }

  manifest(tree: Tree): Manifest {
    return new Map(Object.entries(tree).map(([path, content]) => [path, this.blob(content)]))
  }

  commit(tree: Tree, ...parents: ReadonlyArray<CommitId>): CommitId {
    return this.commitManifest(this.manifest(tree), ...parents)
  }

  commitManifest(manifest: Manifest, ...parents: ReadonlyArray<CommitId>): CommitId {
    const id = CommitId.make(sha256(`commit ${this.nodes.size}`))
    const generation = 1 + Math.max(0, ...parents.map((parent) => this.nodes.get(parent)?.generation ?? 0))
    this.nodes.set(id, { id, parents, generation, snapshotId: snapshotIdOf(manifest), storedBytes: 0 })
    this.manifests.set(id, manifest)
    return id
  }

  /** Merges, and checks that the result can be stored: every blob is known or returned. */
  readonly merge = Effect.fnUntraced(function* (this: History, ours: CommitId, theirs: CommitId) {
    const result = yield* mergeCommits(this.source, ours, theirs)
    if (result.outcome === "conflicted") return { tree: null, conflicts: result.conflicts, result } as MergedTree
    const made = new Map(result.blobs.map((blob) => [blob.id, blob.content]))
    const tree: Record<string, string> = {}
    for (const [path, blob] of result.manifest) {
      const content = made.get(blob) ?? this.blobs.get(blob)
      if (!(content instanceof Uint8Array)) throw new Error(`nothing holds the blob of ${path}`)
      tree[path] = Buffer.from(content).toString()
    }
    return { tree, conflicts: [], result } as MergedTree
  })
}
