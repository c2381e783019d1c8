/**
 * Bounds what one user takes of the hub: repositories, tokens, idempotency keys and bytes. Each is checked before the
 * work, by figures of the index. Calls that run at the same time, at this hub or at others on the store, may exceed a
 * limit together; the next one is refused.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { nowIso } from "../../object/now.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { UsageIndex } from "../../port/index/UsageIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { type DocumentName, UserName } from "../../repository/Names.ts"

const Quota = Schema.Literals(["repositories", "tokens", "idempotency keys", "bytes"])
type Quota = typeof Quota.Type

/** The most of each that one user may have; null for any number. */
export interface QuotaLimits {
  readonly repositories: number | null
  /** Tokens that are neither revoked nor expired. */
  readonly tokens: number | null
  /** Idempotency keys of the last `keptMillis`. */
  readonly keys: number | null
  /** Bytes of the objects in the user's repositories. */
  readonly bytes: number | null
}

/** How long an idempotency key counts, and its answer is kept at least. */
const keptMillis = 24 * 60 * 60 * 1000

const remedies: { readonly [Q in Quota]: string } = {
  repositories: "transfer some to another user",
  tokens: "revoke some",
  "idempotency keys": "a key counts for 24 hours; wait, or send the request without one",
  bytes: "nothing more can be stored"
}

/** The user has as much as one user may have here. */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>()("QuotaExceeded", {
  kind: errorKind("refused"),
  what: Quota,
  user: UserName,
  /** Left out for a caller who is not this user. */
  used: Schema.optionalKey(Schema.Int),
  limit: Schema.Int
}) {
  static readonly details = ["what", "used", "limit"] as const
  override get message() {
    const { limit, used, user, what } = this
    const subject = what === "bytes" ? `the repositories of ${user}` : user
    const verb = what === "bytes" ? "have" : "has"
    const figure = used === undefined ? `all the ${what} that one user may have here` : `${used} ${what}`
    return (
      `${subject} ${verb} ${figure}, and ${limit} is the limit of this hub; ${remedies[what]}, ` +
      "or ask the hub's operator for more"
    )
  }
}

export type QuotaError = QuotaExceeded | IndexUnavailable

/** Counts bytes that a call stored, and fails once they are too many. */
export type TakeBytes = (bytes: number) => Effect.Effect<void, QuotaExceeded>

interface QuotasService {
  readonly checkRepositories: (user: UserName) => Effect.Effect<void, QuotaError>
  readonly checkTokens: (user: UserName) => Effect.Effect<void, QuotaError>
  /** Counts an idempotency key that is about to be used, and deletes answers that were kept long enough. */
  readonly takeKey: (user: UserName, document: DocumentName) => Effect.Effect<void, QuotaError>
  /** Fails if the owner has as many bytes as one user may have, with `more` on top; else counts what a call stores. */
  readonly bytesOf: (owner: UserName, caller: UserName, more?: number) => Effect.Effect<TakeBytes, QuotaError>
}

/** The default has no limits, for the operator's commands; `layer` has limits. */
export const Quotas = Context.Reference<QuotasService>("@musehub/domain/usecase/admission/Quotas", {
  defaultValue: () => ({
    checkRepositories: () => Effect.void,
    checkTokens: () => Effect.void,
    takeKey: () => Effect.void,
    bytesOf: () => Effect.succeed(() => Effect.void)
  })
})

/** How long the bytes of a user that the index told are believed; what this hub stores meanwhile is added. */
const bytesStaleMillis = 10_000
/** The most users whose bytes are remembered. */
const rememberedMax = 10_000
/** Most lapsed answers that a new key deletes: more than one, so that their number falls. */
const lapsedAtOnce = 4

interface Counted {
  bytes: number
  readonly atMillis: number
}

/** Bounds what the users of one hub take. */
export const layer = (limits: QuotaLimits): Layer.Layer<never, never, UsageIndex | ObjectStore> =>
  Layer.effect(
    Quotas,
    Effect.gen(function* () {
      const index = yield* UsageIndex
      const store = yield* ObjectStore
      const counted = new BoundedMap<UserName, Counted>()

      const usageOf = Effect.fnUntraced(function* (user: UserName) {
        return yield* index.usageOf(user, yield* nowIso)
      })

      const check = Effect.fnUntraced(function* (what: Quota, user: UserName, used: number, limit: number) {
        if (used >= limit) return yield* new QuotaExceeded({ what, user, used, limit })
      })

      const bytesNow = Effect.fnUntraced(function* (owner: UserName) {
        const now = yield* Clock.currentTimeMillis
        const known = counted.get(owner)
        if (known !== undefined && now - known.atMillis < bytesStaleMillis) return known
        const { bytes } = yield* usageOf(owner)
        const fresh: Counted = { bytes, atMillis: now }
        counted.set(owner, fresh)
        counted.trim({ sizeMax: rememberedMax })
        return fresh
      })

      const forgetLapsed = Effect.fnUntraced(function* (user: UserName) {
        const before = new Date((yield* Clock.currentTimeMillis) - keptMillis).toISOString()
        const lapsed = yield* index.keptAnswersBefore(user, before, lapsedAtOnce)
        if (lapsed.length === 0) return
        yield* Effect.forEach(lapsed, (name) =>
          leaveUndeleted(
            "an answer that was kept long enough",
            store.documents.delete({ kind: "hub", collection: "requests", name })
          )
        )
        yield* index.forgetKeptAnswers(lapsed)
      })

      return {
        checkRepositories: Effect.fnUntraced(function* (user) {
          if (limits.repositories === null) return
          yield* check("repositories", user, (yield* usageOf(user)).repositories, limits.repositories)
        }),
        checkTokens: Effect.fnUntraced(function* (user) {
          if (limits.tokens === null) return
          yield* check("tokens", user, (yield* usageOf(user)).tokens, limits.tokens)
        }),
        takeKey: Effect.fnUntraced(function* (user, document) {
          if (limits.keys === null) return
          yield* forgetLapsed(user)
          yield* check("idempotency keys", user, (yield* usageOf(user)).keptAnswers, limits.keys)
          yield* index.recordKeptAnswer({ user, document, at: yield* nowIso })
        }),
        bytesOf: Effect.fnUntraced(function* (owner, caller, more = 0) {
          const limit = limits.bytes
          if (limit === null) return () => Effect.void
          const now = yield* bytesNow(owner)
          const refuse = (used: number) =>
            new QuotaExceeded({ what: "bytes", user: owner, limit, ...(owner === caller ? { used } : {}) })
          if (now.bytes >= limit || now.bytes + more > limit) return yield* refuse(now.bytes)
          return (bytes) =>
            Effect.suspend(() => {
              now.bytes += bytes
              return now.bytes > limit ? Effect.fail(refuse(now.bytes)) : Effect.void
            })
        })
      }
    })
  )
