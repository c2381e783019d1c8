/**
 * Reads and moves roots. Moving the root by compare-and-set is the commit point of every write. Moves of one repository
 * that arrive together share a write. A lost race is read, checked and tried again a bounded number of times. A lost
 * answer is recognised by the root's nonce. A root is copied under `history/` before it is replaced.
 */
import { counter } from "../base/counter.ts"
import { Clock, Context, Deferred, Duration, Effect, Exit, Layer, Metric, Option, Random, Result } from "effect"
import type { CommitId, RepositoryId } from "../object/Id.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { Audit, type AuditEvent, CurrentOrigin } from "../port/Audit.ts"
import { ObjectStore, StoreUnavailable } from "../port/ObjectStore.ts"
import { RandomId } from "../port/RandomId.ts"
import type { StoredDocument } from "../port/Stored.ts"
import { rootCodec } from "../repository/codecs.ts"
import { type BranchName, fullNameText } from "../repository/Names.ts"
import type { Root, RootAction, RootChange } from "../repository/Root.ts"
import {
  AccessLost,
  RepositoryArchived,
  RootContended,
  RootExists,
  RootMissing,
  RootOutcomeUnknown
} from "../repository/rootErrors.ts"
import { checkRefsRoom, checkRoom, type RootFull, rootListsBytesMax } from "../repository/rule/rootRoom.ts"
import { auditOf } from "./auditOf.ts"
import type { RefChunks, RefsError } from "./refs/RefChunks.ts"
import type { Current } from "./roots/RootCache.ts"
import { rootDocuments } from "./roots/rootDocuments.ts"

/** A decided change: the parts of the root to replace, and their reflog entry; null for what no reader sees. */
export interface Move {
  readonly root: Partial<Omit<Root, "sequence" | "previous" | "changes" | "nonce">>
  readonly change: RootChange | null
}

/**
 * Decides what to change in the present root. Runs again on a newer root after a lost race. `null` leaves the root
 * unchanged; the move then returns it.
 */
export type Decision<E> = (root: Root) => Effect.Effect<Move | null, E | RefsError, Roots>

export type MoveError =
  | AccessLost
  | RootMissing
  | RootContended
  | RootOutcomeUnknown
  | RepositoryArchived
  | RootFull
  | ObjectCorrupt
  | RefsError

/** The changes of an archived repository. The last one changes nothing that a reader sees. */
const archivedActions: ReadonlySet<RootAction> = new Set(["unarchive", "delete", "undelete", "erase", "abandon-rename"])
/** The changes of a deleted repository. */
const deletedActions: ReadonlySet<RootAction> = new Set(["undelete", "erase", "abandon-rename"])

export class Roots extends Context.Service<
  Roots,
  {
    /** Reads the current root: one conditional read, without transfer if nothing changed. */
    readonly read: (
      repository: RepositoryId
    ) => Effect.Effect<StoredDocument<Root>, RootMissing | ObjectCorrupt | StoreUnavailable>
    /** Returns a root that was the current one at some time in the last ten seconds: no request, mostly. */
    readonly readRecent: (
      repository: RepositoryId
    ) => Effect.Effect<StoredDocument<Root>, RootMissing | ObjectCorrupt | StoreUnavailable>
    /** Returns the root that was last read or written here, if it is still in memory. Another hub may have moved it. */
    readonly latest: (repository: RepositoryId) => Option.Option<StoredDocument<Root>>
    /** The chunks of refs that roots name. */
    readonly chunks: RefChunks
    /** Writes the first root of a new repository. */
    readonly create: (
      root: Root
    ) => Effect.Effect<StoredDocument<Root>, RootExists | RootOutcomeUnknown | ObjectCorrupt | RefsError>
    /**
     * Writes ahead of a move of a branch what goes into the store before the root: the copy of the current root under
     * `history/`, and the chunks of refs in which the branch has this head. So a caller can do this while other writes
     * run. Otherwise the move does it.
     */
    readonly prepare: (
      repository: RepositoryId,
      branch: BranchName,
      head: CommitId
    ) => Effect.Effect<void, RootMissing | ObjectCorrupt | RefsError>
    /**
     * Moves the root and returns the root that holds the change, durable in the store. An archived repository refuses
     * every change except the end of being archived, and a full one every change that makes its lists longer.
     */
    readonly move: <E>(
      repository: RepositoryId,
      decide: Decision<E>
    ) => Effect.Effect<StoredDocument<Root>, E | MoveError>
  }
>()("@musehub/domain/invariant/Roots") {}

/** Attempts at one move before it fails as contended; the last ones are about a second apart. */
const attemptsMax = 10
const backoffBaseMillis = 10
const backoffMaxMillis = 1000
const racesLost = counter(
  "musehub_root_races_lost_total",
  "Writes of a root that lost to another writer and were tried again"
)
const movesContended = counter(
  "musehub_root_moves_contended_total",
  "Moves of a root that lost every attempt and were refused"
)
const writes = counter(
  "musehub_root_writes_total",
  "Writes of a root that succeeded; moves that arrive together share one"
)

/** How old the answer of `readRecent` may be. */
const recentMillis = 10_000

/** Most moves that share one root write. */
const batchMax = 64
interface Pending {
  readonly decide: Decision<unknown>
  readonly answer: Deferred.Deferred<StoredDocument<Root>, unknown>
  /** Records what became of it, with the origin of the request that asked for it. */
  readonly audit: (event: AuditEvent) => Effect.Effect<void>
}

/** A decision after it ran. `refusal` is its failure, if it failed and so changes nothing. */
interface Decided {
  readonly pending: Pending
  readonly refusal: Exit.Exit<never, unknown> | undefined
  /** What the audit log says of the change, without its outcome. */
  readonly event: Omit<AuditEvent, "outcome"> | undefined
}

/** What a batch leads to that changes nothing. */
const unchanged = { root: undefined, puts: [], bytes: new Uint8Array(0) }

/** Decides on a root; a change that an archived or deleted repository refuses fails, or for which refs have no room. */
const allowed = Effect.fnUntraced(function* (decide: Decision<unknown>, root: Root) {
  const move = yield* decide(root)
  if (move === null || move.change === null) return move
  if (root.deletion !== null && !deletedActions.has(move.change.action)) {
    return yield* new AccessLost({ repository: root.repository.id })
  }
  if (root.repository.archived && !archivedActions.has(move.change.action)) {
    return yield* new RepositoryArchived({ name: fullNameText(root.repository) })
  }
  yield* checkRefsRoom(root, { ...root, ...move.root })
  return move
})

/** Decides as `allowed` does; a change for which the root has no room fails too. Each one is measured. */
const allowedInRoom = Effect.fnUntraced(function* (decide: Decision<unknown>, root: Root) {
  const move = yield* allowed(decide, root)
  if (move === null) return null
  yield* checkRoom(root, { ...root, ...move.root })
  // Measuring a large root takes milliseconds, and a batch has many changes.
  yield* Effect.yieldNow
  return move
})

const make = Effect.gen(function* () {
  const store = yield* ObjectStore
  const randomId = yield* RandomId
  const scope = yield* Effect.scope
  const { cache, chunks, preserveCurrent, putBefore, readCurrent, settledRoot, write } = rootDocuments(store)
  const mailboxes = new Map<RepositoryId, Array<Pending>>()

  const successor = (base: Current, moves: ReadonlyArray<Move>): Root => {
    const parts = Object.assign({}, ...moves.map((move) => move.root)) as Move["root"]
    return {
      ...base.evidence.value,
      ...parts,
      sequence: base.evidence.value.sequence + 1,
      previous: base.evidence.sha256,
      changes: moves.flatMap(({ change }) => (change === null ? [] : [change])),
      nonce: randomId()
    }
  }

  /**
   * Applies the decisions one after another; a refused one does not hold up the others. Decisions after the first move,
   * refusals included, hold only once that move is written, so they share its outcome. Those before the first move
   * depend only on the base.
   */
  const decideAll = Effect.fnUntraced(function* (
    base: Current,
    batch: ReadonlyArray<Pending>,
    decideOne: typeof allowed | typeof allowedInRoom
  ) {
    const moves: Array<Move> = []
    const settled: Array<Decided> = []
    const joined: Array<Decided> = []
    for (const pending of batch) {
      const root = moves.length === 0 ? base.evidence.value : successor(base, moves)
      const decision = yield* Effect.exit(Effect.provideService(decideOne(pending.decide, root), Roots, roots))
      if (Exit.isSuccess(decision) && decision.value !== null) moves.push(decision.value)
      const refusal = Exit.isFailure(decision) ? Exit.failCause(decision.cause) : undefined
      const move = Exit.isSuccess(decision) ? decision.value : null
      const change = move?.change ?? null
      const event = change === null ? undefined : yield* auditOf(chunks, root, { ...root, ...move?.root }, change)
      const outcome = { pending, refusal, event }
      if (moves.length === 0) settled.push(outcome)
      else joined.push(outcome)
    }
    return { moves, settled, joined }
  })

  /**
   * Decides the batch and encodes the root that it makes, which may be written after `puts`; none if nothing changes.
   * Only a root that is large as a whole has its lists measured, with a second decision.
   */
  const composed = Effect.fnUntraced(function* (base: Current, batch: ReadonlyArray<Pending>) {
    const decided = yield* decideAll(base, batch, allowed)
    if (decided.moves.length === 0) return { ...decided, ...unchanged }
    const settled = yield* settledRoot(successor(base, decided.moves))
    const bytes = rootCodec.encode(settled.root)
    if (bytes.byteLength <= rootListsBytesMax) return { ...decided, ...settled, bytes }
    const measured = yield* decideAll(base, batch, allowedInRoom)
    if (measured.moves.length === 0) return { ...measured, ...unchanged }
    const smaller = yield* settledRoot(successor(base, measured.moves))
    return { ...measured, ...smaller, bytes: rootCodec.encode(smaller.root) }
  })

  const answerAll = Effect.fnUntraced(function* (decided: ReadonlyArray<Decided>, root: StoredDocument<Root>) {
    for (const { event, pending, refusal } of decided) {
      if (event !== undefined) yield* pending.audit({ ...event, outcome: "done" })
      yield* Deferred.done(pending.answer, refusal ?? Exit.succeed(root))
    }
  })

  /** Answers all with the failure of the write; what may have happened is in the audit log. */
  const failAll = Effect.fnUntraced(function* (
    decided: ReadonlyArray<Decided>,
    failure: RootOutcomeUnknown | StoreUnavailable
  ) {
    for (const { event, pending } of decided) {
      if (event !== undefined && failure._tag === "RootOutcomeUnknown") {
        yield* pending.audit({ ...event, outcome: "unknown" })
      }
      yield* Deferred.fail(pending.answer, failure)
    }
  })

  /**
   * Makes one attempt for a batch and returns the moves that lost a race. The first attempt may use the cached root,
   * since the compare-and-set decides anyway. A refusal is final only if it was decided on a root that was read after
   * the request arrived.
   */
  const attempt = Effect.fnUntraced(function* (
    repository: RepositoryId,
    batch: ReadonlyArray<Pending>,
    fresh: boolean
  ) {
    const cached = fresh ? undefined : cache.get(repository)
    const base = cached ?? (yield* readCurrent(repository))
    const { bytes, joined, puts, root, settled } = yield* composed(base, batch)
    if (settled.length > 0 && cached !== undefined && (yield* readCurrent(repository)) !== cached) return batch
    yield* answerAll(settled, base.evidence)
    if (root === undefined) return []
    yield* putBefore([preserveCurrent(base), ...puts])
    const sent = yield* Effect.result(write(root, bytes, { _tag: "Version", version: base.version }))
    if (Result.isSuccess(sent)) {
      yield* Metric.update(writes, 1)
      yield* answerAll(joined, sent.success)
    } else if (sent.failure._tag === "DocumentConflict") {
      yield* Metric.update(racesLost, 1)
      return joined.map(({ pending }) => pending)
    } else yield* failAll(joined, sent.failure)
    return []
  })

  const settleBatch = Effect.fnUntraced(function* (repository: RepositoryId, batch: ReadonlyArray<Pending>) {
    let remaining = batch
    for (let tries = 0; tries < attemptsMax && remaining.length > 0; tries++) {
      if (tries > 0) {
        const ceiling = Math.min(backoffMaxMillis, backoffBaseMillis * 2 ** tries)
        yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(1, ceiling)))
      }
      const outcome = yield* Effect.exit(attempt(repository, remaining, tries > 0))
      if (Exit.isFailure(outcome)) {
        for (const pending of remaining) yield* Deferred.failCause(pending.answer, outcome.cause)
        return
      }
      remaining = outcome.value
    }
    yield* Metric.update(movesContended, remaining.length)
    for (const pending of remaining) {
      yield* Deferred.fail(pending.answer, new RootContended({ repository, attempts: attemptsMax }))
    }
  })

  const drain = Effect.fnUntraced(function* (repository: RepositoryId, mailbox: Array<Pending>) {
    while (mailbox.length > 0) yield* settleBatch(repository, mailbox.splice(0, batchMax))
    mailboxes.delete(repository)
  })

  const move = Effect.fn("Roots.move")(function* <E>(repository: RepositoryId, decide: Decision<E>) {
    const answer = yield* Deferred.make<StoredDocument<Root>, E | MoveError>()
    const { record } = yield* Audit
    const origin = yield* CurrentOrigin
    const pending = { decide, answer, audit: (event: AuditEvent) => record(event, origin) } as Pending
    const enter = Effect.suspend(() => {
      const waiting = mailboxes.get(repository)
      if (waiting !== undefined) {
        waiting.push(pending)
        return Effect.void
      }
      const mailbox = [pending]
      mailboxes.set(repository, mailbox)
      // The writer outlives the request that started it, since other requests may have joined.
      return Effect.forkIn(drain(repository, mailbox), scope)
    })
    // An interruption between the two would leave a mailbox that is never emptied.
    yield* Effect.uninterruptible(enter)
    return yield* Deferred.await(answer)
  })

  const create = Effect.fn("Roots.create")(function* (first: Root) {
    const { puts, root } = yield* settledRoot(first)
    yield* putBefore(puts)
    const repository = root.repository.id
    const exists = () => new RootExists({ repository })
    const bytes = rootCodec.encode(root)
    return yield* Effect.catchTag(write(root, bytes, { _tag: "Absent" }), "DocumentConflict", exists)
  })

  const roots: Roots["Service"] = Roots.of({
    chunks,
    read: Effect.fn("Roots.read")((repository) => Effect.map(readCurrent(repository), (current) => current.evidence)),
    readRecent: Effect.fnUntraced(function* (repository) {
      const recent = cache.since(repository, (yield* Clock.currentTimeMillis) - recentMillis)
      return (recent ?? (yield* readCurrent(repository))).evidence
    }),
    latest: (repository) => Option.map(Option.fromUndefinedOr(cache.get(repository)), ({ evidence }) => evidence),
    create,
    prepare: Effect.fnUntraced(function* (repository, branch, head) {
      const current = cache.get(repository) ?? (yield* readCurrent(repository))
      const { value: root } = current.evidence
      const read = chunks.reading(repository, root.heads.kind)
      const moves = (yield* root.heads.find(branch, read)) !== head
      const heads = moves ? yield* root.heads.with([[branch, head]], read) : root.heads
      const { puts } = yield* chunks.settled({ ...root, heads })
      yield* putBefore([preserveCurrent(current), ...puts])
    }),
    move
  })
  return roots
})

/** Builds `Roots` over the store of the context. */
export const layer: Layer.Layer<Roots, never, ObjectStore> = Layer.effect(Roots, make)
