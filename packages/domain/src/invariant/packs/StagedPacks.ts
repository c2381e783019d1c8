/**
 * Packs that clients sent ahead of a push to this process, so that the push need not ask the index for them. A caller
 * asks the store whether it still has one.
 */
import { BoundedMap } from "../../base/BoundedMap.ts"
import { orDefault } from "../../base/expected.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { StoredPack } from "../../port/Stored.ts"

/** The most packs of a repository, which a push with many uploads has. */
const packsMax = 64
/** The most bytes of directories, of all repositories together. */
const directoryBytesMax = 8 * 1024 * 1024

export class StagedPacks {
  readonly #packs = new BoundedMap<RepositoryId, ReadonlyArray<StoredPack>>()

  /** Remembers a pack that was staged. */
  add(pack: StoredPack): void {
    const { ref, repository } = pack
    const others = this.of(repository).filter((other) => other.ref.sha256 !== ref.sha256)
    const packs = [pack, ...others].slice(0, packsMax)
    const bytes = packs.reduce((sum, { directory }) => sum + directory.bytes.byteLength, 0)
    this.#packs.set(repository, packs, bytes)
    this.#packs.trim({ weightMax: directoryBytesMax })
  }

  /** Lists the packs of a repository, the latest first. */
  of(repository: RepositoryId): ReadonlyArray<StoredPack> {
    return orDefault(this.#packs.touch(repository), [])
  }
}
