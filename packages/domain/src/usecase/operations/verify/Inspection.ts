/** One repository, or the hub itself, while it is verified: what is asked for, and where findings go. */
import { Effect } from "effect"
import type { RepositoryId } from "../../../object/Id.ts"
import { type ByHash, pathByHash } from "./ByHash.ts"
import { type FullName, fullNameText } from "../../../repository/Names.ts"
import { type LostObject, nameText } from "./lost/LostObject.ts"
import { type Finding, type FindingTag, mendOf, missedTags, rowTags, type Severity } from "./Finding.ts"

/**
 * How much is read. `quick`: roots, the ends of packs, and listings. `default`: everything but the bytes of blobs.
 * `deep`: every byte.
 */
export type Level = "quick" | "default" | "deep"

/** Findings of one kind that are told one by one for one repository: one lost pack may be missed in many places. */
const toldMax = 100

/** What was read, and how much was found. */
export class Tally {
  repositories = 0
  /** Repositories, among these, of which nothing was read but the root, since all was read lately. */
  skipped = 0
  packs = 0
  objects = 0
  bytes = 0
  faults = 0
  notices = 0
  /** Faults of rows that were told, and are gone since the rows were recorded again. */
  mended = 0
  /** What is to be read of the repositories that were begun, with what was read. */
  objectsTotal = 0
  bytesTotal = 0
  readonly #tell: (tally: Readonly<Tally>) => void

  /** `tell` is called whenever something was read. It must be quick. */
  constructor(tell: (tally: Readonly<Tally>) => void = () => undefined) {
    this.#tell = tell
  }

  /** Adds what is going to be read. */
  promised(objects: number, bytes: number): void {
    this.objectsTotal += objects
    this.bytesTotal += bytes
    this.#tell(this)
  }

  /** Adds what was read. */
  passed(objects: number, bytes: number): void {
    this.objects += objects
    this.bytes += bytes
    this.#tell(this)
  }
}

interface Told {
  readonly tag: FindingTag
  readonly severity: Severity
  count: number
}

export class Inspection {
  readonly level: Level
  readonly repository: RepositoryId | null
  readonly tally: Tally
  readonly #tell: (finding: Finding) => Effect.Effect<void>
  readonly #told = new Map<string, Told>()
  /** What is lost or damaged and is stored under its hash, by path. */
  readonly #lost = new Map<string, ByHash>()
  /** Objects of which no named pack has the right bytes, or one has wrong ones. */
  readonly #objects = new Map<string, LostObject>()
  #name: string | null = null

  constructor(
    level: Level,
    repository: RepositoryId | null,
    tally: Tally,
    tell: (finding: Finding) => Effect.Effect<void>
  ) {
    this.level = level
    this.repository = repository
    this.tally = tally
    this.#tell = tell
  }

  /** Says which name the repository has, for the findings from now on. */
  called(name: FullName): void {
    this.#name = fullNameText(name)
  }

  /** Whether a fault was told. */
  get hasFaults(): boolean {
    return this.#faults.length > 0
  }

  /** Counts the faults. */
  get faults(): number {
    return this.#faults.reduce((sum, { count }) => sum + count, 0)
  }

  get #faults(): ReadonlyArray<Told> {
    return [...this.#told.values()].filter(({ severity }) => severity === "fault")
  }

  /** Counts the faults of these kinds. */
  faultsOf(tags: ReadonlySet<FindingTag>): number {
    return this.#faults.reduce((sum, { count, tag }) => sum + (tags.has(tag) ? count : 0), 0)
  }

  /** Whether anything was told of rows, and there is no other fault. */
  get isRepairable(): boolean {
    const told = [...this.#told.values()]
    return told.some(({ tag }) => rowTags.has(tag)) && this.#faults.every(({ tag }) => rowTags.has(tag))
  }

  /** Whether the rows only lack something. */
  get lacksRowsOnly(): boolean {
    return [...this.#told.values()].every(({ tag }) => missedTags.has(tag) || !rowTags.has(tag))
  }

  /** Tells a finding. Beyond a hundred of one kind, they are counted. */
  report(tag: FindingTag, place: string, reason: string, severity: Severity = "fault"): Effect.Effect<void> {
    return Effect.suspend(() => {
      const key = `${tag} ${severity}`
      const told = this.#told.get(key) ?? { tag, severity, count: 0 }
      this.#told.set(key, told)
      told.count += 1
      if (severity === "fault") this.tally.faults += 1
      else this.tally.notices += 1
      return told.count > toldMax ? Effect.void : this.#tell(this.#finding(tag, place, reason, severity))
    })
  }

  /** Tells that what is stored under its hash is lost or damaged. */
  reportLost(tag: FindingTag, key: ByHash, reason: string): Effect.Effect<void> {
    return Effect.andThen(
      Effect.sync(() => this.lacks(key)),
      this.report(tag, pathByHash(key), reason)
    )
  }

  /** Notes what would mend a finding that was told of something else. */
  lacks(key: ByHash): void {
    this.#lost.set(pathByHash(key), key)
  }

  /** Notes an object that is lost, or that a pack has with wrong bytes. */
  lacksObject(object: LostObject): void {
    const { repository } = this
    if (object.type === "blob" && object.pack === undefined && repository !== null) {
      this.lacks({ repository, type: "blob", id: object.id })
    }
    this.#objects.set(`${object.pack} ${nameText(object)}`, object)
  }

  /** The objects that are lost, and those that packs have with wrong bytes. */
  get lostObjects(): ReadonlyArray<LostObject> {
    return [...this.#objects.values()]
  }

  /** Says whether a finding of a kind was told. */
  hasTold(tags: ReadonlySet<FindingTag>): boolean {
    return this.#told.values().some(({ tag }) => tags.has(tag))
  }

  /** Says whether every fault is of one of these kinds. */
  hasFaultsOnlyOf(tags: ReadonlySet<FindingTag>): boolean {
    return this.#faults.every(({ tag }) => tags.has(tag))
  }

  /** What is lost or damaged, of which a copy would prove itself. */
  get lost(): ReadonlyArray<ByHash> {
    return [...this.#lost.values()]
  }

  /** Tells how many findings were counted only. */
  readonly end: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(
      this.#told.values(),
      ({ count, severity, tag }) => {
        if (count <= toldMax) return Effect.void
        const place = this.repository === null ? "the hub" : `repositories/${this.repository}`
        return this.#tell(this.#finding(tag, place, `has ${count - toldMax} more findings like these`, severity))
      },
      { discard: true }
    )
  )

  #finding(tag: FindingTag, place: string, reason: string, severity: Severity): Finding {
    const { repository } = this
    const mend = mendOf(tag, { place, repository: this.#name ?? String(repository) }, severity)
    return { _tag: tag, severity, repository, name: this.#name, place, reason, mend }
  }
}
