/** The packs of one repository in memory, and the packs of each commit. */
import type { CommitId, Sha256 } from "@musehub/domain/object/Id"
import type { PackBatch } from "@musehub/domain/port/index/PackIndex"
import type { Pack } from "@musehub/domain/repository/Pack"

export class Packs {
  /** In the order in which they were recorded. */
  private readonly packs = new Map<Sha256, Pack>()
  private readonly ofCommits = new Map<CommitId, ReadonlyArray<Sha256>>()

  /** Records the packs, and the packs of those commits in the batch that are recorded themselves. */
  record({ commits, packs }: PackBatch, isRecorded: (commit: CommitId) => boolean): void {
    for (const { entries, sha256 } of packs) if (!this.packs.has(sha256)) this.packs.set(sha256, { sha256, entries })
    for (const [commit, own] of commits) if (isRecorded(commit)) this.ofCommits.set(commit, own)
  }

  isPacked(commit: CommitId): boolean {
    return this.ofCommits.has(commit)
  }

  of(commits: ReadonlyArray<CommitId>): ReadonlyArray<Pack> {
    const named = new Set(commits.flatMap((id) => this.ofCommits.get(id) ?? []))
    return [...this.packs.values()].filter(({ sha256 }) => named.has(sha256))
  }

  forget(pack: Sha256): void {
    this.packs.delete(pack)
    for (const [commit, own] of this.ofCommits) if (own.includes(pack)) this.ofCommits.delete(commit)
  }
}
