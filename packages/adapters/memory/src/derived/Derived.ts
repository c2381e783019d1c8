/** The work of derivers, and the touches that were derived. */
import { byText } from "@musehub/domain/base/text/byText"
import type { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import type {
  Deriver,
  DeriverName,
  DerivationIndex,
  DerivationOf,
  UnderivedCommit
} from "@musehub/domain/port/index/derived/DerivationIndex"
import { commitDeriverNames } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { DerivedTouches, FileTouch, TouchIndex, TouchPlace } from "@musehub/domain/port/index/derived/TouchIndex"
import type { LineIndex } from "@musehub/domain/port/index/derived/LineIndex"
import type { MarkIndex } from "@musehub/domain/port/index/derived/MarkIndex"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import type { SymbolIndex } from "@musehub/domain/port/index/derived/SymbolIndex"
import { Clock, Effect, Option } from "effect"
import { Lines } from "./Lines.ts"
import { Marks } from "./Marks.ts"
import { Symbols } from "./Symbols.ts"

/** The work of a deriver in a repository: whether each commit was put off. */
type Work = Map<CommitId, { readonly generation: number; isPutOff: boolean }>

interface Touches {
  readonly files: Map<string, Array<FileTouch>>
  readonly folders: Map<string, Array<TouchPlace>>
}

/** Newest first. */
const byPlace = (a: TouchPlace, b: TouchPlace): number => b.generation - a.generation || byText(b.commit, a.commit)

const keyOf = ({ deriver, repository }: DerivationOf): string => `${deriver}/${repository}`

export interface RecordedCommits {
  /** All commits of a repository with their generations. */
  readonly generations: (repository: RepositoryId) => ReadonlyMap<CommitId, number>
  readonly repositories: () => Iterable<RepositoryId>
  readonly roots: ReadonlyMap<RepositoryId, StoredDocument<Root>>
  readonly underived: (repository: RepositoryId, id: CommitId) => UnderivedCommit
}

export class Derived {
  readonly #versions = new Map<DeriverName, number>()
  readonly #work = new Map<string, Work>()
  readonly #held = new Map<string, { readonly holder: string; readonly until: number }>()
  readonly #touches = new Map<RepositoryId, Touches>()
  readonly #lines = new Lines()
  readonly #symbols = new Symbols()
  readonly #marks: Marks
  readonly #recorded: RecordedCommits

  constructor(recorded: RecordedCommits) {
    this.#recorded = recorded
    this.#marks = new Marks(recorded.roots)
    this.marks = this.#marks.index((version) => this.#versions.get("marks") === version)
  }

  /** Adds a new commit to the work of all derivers. */
  add(repository: RepositoryId, id: CommitId, generation: number): void {
    for (const deriver of commitDeriverNames) {
      this.#workOf({ deriver, repository }).set(id, { generation, isPutOff: false })
    }
  }

  /** Adds a repository whose root was reflected to the work of the deriver of marks, if it is an identity. */
  addIdentity(repository: Repository): void {
    this.#marks.give(repository)
  }

  forget(repository: RepositoryId): void {
    this.#touches.delete(repository)
    this.#lines.forget(repository)
    this.#symbols.forget(repository)
    this.#marks.forget(repository)
    for (const deriver of commitDeriverNames) this.#work.delete(keyOf({ deriver, repository }))
  }

  readonly derivations: DerivationIndex["Service"] = {
    startDeriver: (deriver) => Effect.sync(() => this.#start(deriver)),
    deriveAgain: (of) => Effect.sync(() => this.#again(of)),
    repositoryToDerive: (deriver, after) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const ids = this.#repositories().toSorted()
        const isFree = (repository: RepositoryId) => {
          const until = this.#held.get(keyOf({ deriver, repository }))?.until
          const isLeft =
            deriver === "marks" ? this.#marks.isFree(repository) : this.#left({ deriver, repository }).length > 0
          return (until === undefined || until <= now) && isLeft
        }
        return Option.fromUndefinedOr(ids.find((id) => (after === undefined || id > after) && isFree(id)))
      }),
    holdDerivation: (of, holder, millis) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const held = this.#held.get(keyOf(of))
        if (held !== undefined && held.holder !== holder && held.until > now) return false
        this.#held.set(keyOf(of), { holder, until: now + millis })
        return true
      }),
    releaseDerivation: (of, holder) =>
      Effect.sync(() => {
        if (this.#held.get(keyOf(of))?.holder === holder) this.#held.delete(keyOf(of))
      }),
    underived: (of, limit) =>
      Effect.sync(() =>
        this.#left(of)
          .slice(0, limit)
          .map((id) => this.#recorded.underived(of.repository, id))
      ),
    putOff: (of, commits) =>
      Effect.sync(() => {
        for (const { id } of commits) {
          const work = this.#workOf(of).get(id)
          if (work !== undefined) work.isPutOff = true
        }
      }),
    resumeDerivation: (of) =>
      Effect.sync(() => {
        if (of.deriver === "marks") this.#marks.resume(of.repository)
        for (const work of this.#workOf(of).values()) work.isPutOff = false
      }),
    pendingCommits: (deriver, repository, atMost = Infinity) =>
      Effect.sync(() => {
        const asked = repository === undefined ? this.#repositories() : [repository]
        const count =
          deriver === "marks"
            ? asked.filter((id) => this.#marks.isPending(id)).length
            : asked.reduce((sum, id) => sum + this.#workOf({ deriver, repository: id }).size, 0)
        return Math.min(count, atMost)
      })
  }

  readonly touches: TouchIndex["Service"] = {
    recordTouches: (repository, version, commits) =>
      Effect.sync(() => {
        if (this.#versions.get("touches") !== version) return
        for (const commit of commits) this.#record(repository, commit)
      }),
    touchesOf: (repository, path, { after, limit }) =>
      Effect.sync(() =>
        (this.#touches.get(repository)?.files.get(path) ?? [])
          .toSorted(byPlace)
          .filter((touch) => after === undefined || byPlace(after, touch) < 0)
          .slice(0, limit)
      ),
    touchedBy: (repository, commits, { all, each }) =>
      Effect.sync(() => {
        const places = new Map(commits.map(({ commit }, place) => [commit, place]))
        const paths = commits.map((): Array<string> => [])
        for (const [path, touches] of this.#touches.get(repository)?.files ?? new Map<string, Array<FileTouch>>()) {
          for (const { commit } of touches) {
            const touched = paths[places.get(commit) ?? -1]
            if (touched !== undefined && touched.length < each) touched.push(path)
          }
        }
        return paths.flatMap((touched, place) => touched.map((path) => ({ place, path }))).slice(0, all)
      }),
    latestTouches: ({ depth, files, folders, generation, repository }) =>
      Effect.sync(() => {
        const touches = this.#touches.get(repository)
        const latest = <A extends TouchPlace>(
          paths: ReadonlyArray<string>,
          of: ReadonlyMap<string, Array<A>> | undefined
        ) =>
          new Map(
            paths.flatMap((path) => {
              const found = (of?.get(path) ?? []).filter((touch) => touch.generation <= generation)
              return found.length === 0 ? [] : [[path, found.toSorted(byPlace).slice(0, depth)] as const]
            })
          )
        return { files: latest(files, touches?.files), folders: latest(folders, touches?.folders) }
      })
  }

  readonly lines: LineIndex["Service"] = {
    recordLines: (repository, version, commits) =>
      Effect.sync(() => {
        if (this.#versions.get("lines") !== version) return
        for (const commit of this.#taken({ deriver: "lines", repository }, commits)) {
          this.#lines.record(repository, commit)
        }
      }),
    linesOf: (repository, touches) => Effect.sync(() => touches.map((touch) => this.#lines.of(repository, touch)))
  }

  readonly symbols: SymbolIndex["Service"] = {
    recordSymbols: (repository, version, { blobs, commits, extractor }) =>
      Effect.sync(() => {
        if (this.#versions.get("symbols") !== version) return
        const left = this.#taken({ deriver: "symbols", repository }, commits)
        if (left.length > 0) this.#symbols.record(repository, { extractor, blobs, commits: left })
      }),
    blobSymbols: (repository, extractor, blobs) =>
      Effect.sync(() =>
        this.#symbols
          .ofBlobs(repository, extractor, blobs)
          .map(({ blob, language, refused, symbols }) => ({ blob, language, symbols, refused }))
      ),
    blobUses: (repository, extractor, blobs) =>
      Effect.sync(() =>
        this.#symbols
          .ofBlobs(repository, extractor, blobs)
          .map(({ blob, calls, imports, language }) => ({ blob, language, calls, imports }))
      ),
    symbolCounts: (repository, extractor, blobs) =>
      Effect.sync(() =>
        this.#symbols
          .ofBlobs(repository, extractor, blobs)
          .map(({ blob, language, symbols }) => ({ blob, language, symbols: symbols.length }))
      ),
    symbolsChangedBy: (repository, commits, limits) =>
      Effect.sync(() => this.#symbols.changedBy(repository, commits, limits)),
    symbolEvents: (repository, address, { after, limit }) =>
      Effect.sync(() =>
        this.#symbols
          .events(repository, address)
          .toSorted(byPlace)
          .filter((event) => after === undefined || byPlace(after, event) < 0)
          .slice(0, limit)
      )
  }

  readonly marks: MarkIndex["Service"]

  /** All repositories with rows, or with a root. */
  #repositories(): ReadonlyArray<RepositoryId> {
    return [...new Set([...this.#recorded.repositories(), ...this.#recorded.roots.keys()])]
  }

  #workOf(of: DerivationOf): Work {
    const found = this.#work.get(keyOf(of))
    if (found !== undefined) return found
    const made: Work = new Map()
    this.#work.set(keyOf(of), made)
    return made
  }

  /** Takes commits that are whole off the work. Returns those that were left. */
  #taken<A extends { readonly id: CommitId; readonly isWhole: boolean }>(of: DerivationOf, commits: ReadonlyArray<A>) {
    const work = this.#workOf(of)
    const left = commits.filter(({ id }) => work.has(id))
    for (const { id, isWhole } of left) if (isWhole) work.delete(id)
    return left
  }

  #left(of: DerivationOf): ReadonlyArray<CommitId> {
    return [...this.#workOf(of)]
      .filter(([, { isPutOff }]) => !isPutOff)
      .toSorted(([a, { generation: one }], [b, { generation: other }]) => one - other || byText(a, b))
      .map(([id]) => id)
  }

  #start({ name, version }: Deriver): boolean {
    const present = this.#versions.get(name) ?? 0
    if (present > version) return false
    if (present === version) return true
    this.#versions.set(name, version)
    for (const repository of this.#repositories()) this.#again({ deriver: name, repository })
    return true
  }

  #again(of: DerivationOf): void {
    switch (of.deriver) {
      case "touches":
        this.#touches.delete(of.repository)
        break
      case "lines":
        this.#lines.forget(of.repository)
        break
      case "symbols":
        this.#symbols.forget(of.repository)
        break
      case "marks":
        this.#marks.again(of.repository)
        return
    }
    const work = this.#workOf(of)
    work.clear()
    for (const [id, generation] of this.#recorded.generations(of.repository)) {
      work.set(id, { generation, isPutOff: false })
    }
  }

  #record(repository: RepositoryId, { files, folders, generation, id }: DerivedTouches): void {
    if (!this.#workOf({ deriver: "touches", repository }).delete(id)) return
    const touches = this.#touches.get(repository) ?? { files: new Map(), folders: new Map() }
    this.#touches.set(repository, touches)
    const place = { generation, commit: id }
    for (const { path, ...touch } of files) {
      touches.files.set(path, [...(touches.files.get(path) ?? []), { ...place, ...touch }])
    }
    for (const path of folders) touches.folders.set(path, [...(touches.folders.get(path) ?? []), place])
  }
}
