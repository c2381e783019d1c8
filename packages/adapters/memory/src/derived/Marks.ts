/** What identities mark, and which of them are left to read. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import { type Mark, markedHandle, type MarkIndex, markText } from "@musehub/domain/port/index/derived/MarkIndex"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { isIdentity } from "@musehub/domain/repository/rule/isIdentity"
import { Effect, Option } from "effect"

export class Marks {
  readonly #marks = new Map<RepositoryId, ReadonlySet<string>>()
  /** The identities that are left: whether each was put off. */
  readonly #left = new Map<RepositoryId, boolean>()
  readonly #roots: ReadonlyMap<RepositoryId, StoredDocument<Root>>

  /** `roots` are those that the index reflects. */
  constructor(roots: ReadonlyMap<RepositoryId, StoredDocument<Root>>) {
    this.#roots = roots
  }

  index(isAtWork: (version: number) => boolean): MarkIndex["Service"] {
    return {
      identityToRead: (repository) =>
        Effect.sync(() => {
          const root = this.isFree(repository) ? this.#roots.get(repository) : undefined
          return Option.fromUndefinedOr(root?.sha256)
        }),
      recordMarks: (repository, version, { marks, rootSha256 }) =>
        Effect.sync(() => {
          if (!isAtWork(version) || this.#roots.get(repository)?.sha256 !== rootSha256) return
          if (this.#left.delete(repository)) this.#marks.set(repository, new Set(marks.map(markText)))
        }),
      putOffIdentity: (repository) =>
        Effect.sync(() => {
          if (this.#left.has(repository)) this.#left.set(repository, true)
        }),
      countMarks: (mark) => Effect.sync(() => this.#count(mark))
    }
  }

  /** Gives work if the repository is an identity. */
  give(repository: Repository): void {
    if (isIdentity(repository)) this.#left.set(repository.id, false)
  }

  again(repository: RepositoryId): void {
    this.#marks.delete(repository)
    const root = this.#roots.get(repository)
    if (root !== undefined) this.give(root.value.repository)
  }

  forget(repository: RepositoryId): void {
    this.#marks.delete(repository)
    this.#left.delete(repository)
  }

  resume(repository: RepositoryId): void {
    if (this.#left.has(repository)) this.#left.set(repository, false)
  }

  isPending(repository: RepositoryId): boolean {
    return this.#left.has(repository)
  }

  /** Says whether there is work that was not put off. */
  isFree(repository: RepositoryId): boolean {
    return this.#left.get(repository) === false
  }

  #count(mark: Mark): number {
    const [handle, text] = [markedHandle(mark), markText(mark)]
    return Array.from(this.#roots.values(), ({ value }) => value.repository).filter(
      (repository) =>
        isIdentity(repository) &&
        repository.visibility === "public" &&
        repository.owner !== handle &&
        this.#marks.get(repository.id)?.has(text) === true
    ).length
  }
}
