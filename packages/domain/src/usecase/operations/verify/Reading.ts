/**
 * What was read of a repository, and when: kept in the bucket, so that a run that was stopped goes on, and what several
 * runs read adds up. A store that takes no writes is verified without that.
 */
import { Clock, Effect, Option } from "effect"
import { orDefault } from "../../../base/expected.ts"
import { verifiedCodec } from "../../../hub/codecs.ts"
import type { StoredAmount } from "../../../hub/verification/StoredAmount.ts"
import type { VerifiedRepository } from "../../../hub/verification/VerifiedRepository.ts"
import { readDocument } from "../../../invariant/Document.ts"
import { nowIso } from "../../../object/now.ts"
import type { RepositoryId, Sha256 } from "../../../object/Id.ts"
import type { PackRef } from "../../../repository/PackRef.ts"
import { DocumentName, fullNameText } from "../../../repository/Names.ts"
import type { Root } from "../../../repository/Root.ts"
import { noteInStore } from "../noteInStore.ts"
import type { Level } from "./Inspection.ts"

const keyOf = (repository: RepositoryId) =>
  ({ kind: "hub", collection: "verified", name: DocumentName.make(repository) }) as const

/** Reads what was read of a repository. A damaged document counts as none: it is written anew. */
export const readVerified = (repository: RepositoryId) =>
  readDocument(keyOf(repository), verifiedCodec).pipe(
    Effect.map(Option.map(({ value }) => value)),
    Effect.catchTag("ObjectCorrupt", () => Effect.succeed(Option.none<VerifiedRepository>()))
  )

const completedOf = ({ bytes, objects }: VerifiedRepository, level: Level) => (level === "deep" ? bytes : objects)

/** Returns when a repository was last read at a level, without faults; the empty text if it never was. */
export const readAt = (repository: RepositoryId, level: Level) =>
  Effect.map(readVerified(repository), (verified) =>
    Option.match(verified, {
      onNone: () => "",
      onSome: (known) => orDefault(completedOf(known, level)?.at, "")
    })
  )

/** How often progress within a repository is written. */
const writeMillis = 30_000

/** What a run goes by. */
export interface ReadingOptions {
  /** What was read at this time or later is not read again: ISO 8601, UTC. */
  readonly since: string | undefined
  /** The version of the hub. */
  readonly version: string
}

interface Sized {
  readonly size: number
}

const amountOf = (packs: ReadonlyArray<Sized>, large: ReadonlyArray<Sized>): StoredAmount => {
  const bytesOf = (some: ReadonlyArray<Sized>) => some.reduce((sum, { size }) => sum + size, 0)
  return { packs: packs.length, packBytes: bytesOf(packs), blobs: large.length, blobBytes: bytesOf(large) }
}

export class Reading {
  readonly #repository: RepositoryId
  readonly #options: ReadingOptions
  readonly #before: VerifiedRepository | undefined
  readonly #packs: Map<Sha256, string>
  #writtenMillis: number

  private constructor(
    repository: RepositoryId,
    options: ReadingOptions,
    before: VerifiedRepository | undefined,
    nowMillis: number
  ) {
    this.#repository = repository
    this.#options = options
    this.#before = before
    this.#packs = new Map(before?.packs)
    this.#writtenMillis = nowMillis
  }

  /** Begins to read a repository, with what is known of earlier runs. */
  static readonly begin = Effect.fnUntraced(function* (repository: RepositoryId, options: ReadingOptions) {
    const before = Option.getOrUndefined(yield* readVerified(repository))
    return new Reading(repository, options, before, yield* Clock.currentTimeMillis)
  })

  /** Says whether all that a level reads of the root with this sequence was read lately, without faults. */
  isDone(level: Level, sequence: number): boolean {
    const { since } = this.#options
    const completed = this.#before === undefined ? null : completedOf(this.#before, level)
    return since !== undefined && completed !== null && completed.at >= since && completed.sequence === sequence
  }

  /** Says whether every byte of a pack was read lately. */
  hasPack(pack: Sha256): boolean {
    const { since } = this.#options
    const at = this.#packs.get(pack)
    return since !== undefined && at !== undefined && at >= since
  }

  /** Notes that every byte of a pack was read and is right. Is written now and then. */
  notePack(pack: Sha256) {
    return Effect.gen({ self: this }, function* () {
      this.#packs.set(pack, yield* nowIso)
      const now = yield* Clock.currentTimeMillis
      if (now < this.#writtenMillis + writeMillis) return
      this.#writtenMillis = now
      yield* this.#write({})
    })
  }

  /**
   * Notes that all that a level reads was read, without faults, and what there was. Forgets packs that are named no
   * longer.
   */
  finish(level: Level, { repository, sequence }: Root, named: ReadonlyArray<PackRef>, large: Iterable<Sized>) {
    return Effect.gen({ self: this }, function* () {
      if (level === "quick") return
      const stored = { name: fullNameText(repository), amount: amountOf(named, [...large]) }
      const names = new Set(named.map(({ sha256 }) => sha256))
      for (const pack of this.#packs.keys()) if (!names.has(pack)) this.#packs.delete(pack)
      const at = yield* nowIso
      const objects = { at, sequence }
      if (level !== "deep") return yield* this.#write({ objects, stored })
      // Some packs may have been passed over, since they were read before.
      const oldest = [...this.#packs.values()].reduce((least, each) => (each < least ? each : least), at)
      yield* this.#write({ objects, bytes: { at: oldest, sequence }, stored })
    })
  }

  #write(done: Partial<Pick<VerifiedRepository, "objects" | "bytes" | "stored">>) {
    const value: VerifiedRepository = {
      repository: this.#repository,
      objects: null,
      bytes: null,
      ...this.#before,
      version: this.#options.version,
      packs: [...this.#packs],
      ...done
    }
    return noteInStore(keyOf(this.#repository), verifiedCodec, value, "what was verified")
  }
}
