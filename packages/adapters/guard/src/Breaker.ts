/**
 * The circuit breaker of one service. Its calls run in fibers of their own, so a caller goes on when the service does
 * not answer, even if the call cannot be interrupted.
 *
 * - While calls wait and none is answered, a cheap question is asked beside them. So a slow call is told from a service
 *   that does not answer at all.
 * - A service that answered nothing for `silenceMax` is lost: all waiting calls fail, and later ones fail at once.
 * - A lost service is asked until it answers, and then takes calls again.
 * - A call that takes longer than `callMax` fails, however well the service answers others.
 * - A call that the service interrupts fails, so that its caller is not interrupted.
 *
 * Own code: Effect has no circuit breaker, and those of Node's packages wrap promises, which cannot be interrupted.
 */
import { Cause, Clock, type Context, Data, Duration, Effect, Exit, Predicate, type Scope } from "effect"

/** The service did not answer: the cause of the error that callers get. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly message: string }> {}

/** How long the calls to a service may take. */
export interface Deadlines {
  /** How long a service may answer nothing, while calls wait, until it counts as lost. */
  readonly silenceMax: Duration.Duration
  /** How long a service may answer nothing until the calls are given up that their callers can do without. */
  readonly briefMax: Duration.Duration
  /** How long any other call waits for a service that answers others. */
  readonly callMax: Duration.Duration
}

export interface BreakerOptions<E> extends Deadlines {
  /** The name of the service in messages, such as "the index". */
  readonly service: string
  /** A cheap question. Any answer shows that the service is back. */
  readonly ask: Effect.Effect<unknown, E>
  /** Creates the error of a call that was given up. */
  readonly unavailable: (operation: string, cause: NoAnswer) => E
}

export interface CallOptions {
  /** Whether the caller can do without, once the service has answered nothing for `briefMax`. */
  readonly isBrief?: boolean
  /** The most milliseconds that the call may take, in place of `callMax`. */
  readonly millisMax?: number
}

export interface Breaker<E> {
  /** Runs a call under the deadlines. A call that is given up is interrupted in the background. */
  readonly run: <A, E2, R>(
    operation: string,
    call: Effect.Effect<A, E2, R>,
    options?: CallOptions
  ) => Effect.Effect<A, E | E2, R>
  /** Runs what a call leaves to do, also on a lost service, and waits for it under the deadlines. */
  readonly finish: <R>(work: Effect.Effect<unknown, never, R>) => Effect.Effect<void, never, R>
}

/** A call that waits for its answer. */
interface Waiting {
  /** The time at which it is given up, as the watch counts. */
  readonly until: number
  readonly isBrief: boolean
  giveUp: (cause: NoAnswer) => void
}

/** How often the watch looks at waiting calls. */
const tickMillis = 100
/** What a tick counts at most: a process that stood still itself, or was swapped out, does not blame the service. */
const tickMillisMax = 1000
/** How long one question may take before it is asked again. */
const askMillisMax = 2000
const askPauseMillis = 500

/** Says whether the end of a call shows that the service answers. A fault that may pass may be the network's. */
const isAnswer = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit) ||
  exit.cause.reasons.some(
    (reason) =>
      Cause.isFailReason(reason) &&
      !(Predicate.hasProperty(reason.error, "isRetryable") && reason.error.isRetryable === true)
  )

/** Says whether the service ended the call. A pool of connections that is closed interrupts those who wait for one. */
const isEnded = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

/** Creates the breaker of a service. The service is watched until the scope ends. */
export const makeBreaker = Effect.fnUntraced(function* <E>(
  options: BreakerOptions<E>
): Effect.fn.Return<Breaker<E>, never, Scope.Scope> {
  const { service, unavailable } = options
  const scope = yield* Effect.scope
  const runFork = Effect.runForkWith(yield* Effect.context())
  const briefMillis = Duration.toMillis(options.briefMax)
  const callMillis = Duration.toMillis(options.callMax)
  const silenceMillis = Duration.toMillis(options.silenceMax)

  const waiting = new Set<Waiting>()
  /** Milliseconds that were watched. */
  let watched = 0
  /** Since when calls have waited without any answer; undefined while there is no doubt. */
  let silentSince: number | undefined
  let isLost = false
  let isWatched = false
  let isAsked = false

  const isDoubted = () => silentSince !== undefined
  const silence = () => (silentSince === undefined ? 0 : watched - silentSince)

  const lost = new NoAnswer({
    message: `${service} answered nothing for ${Duration.format(options.silenceMax)}; calls fail at once until it does`
  })
  const late = new NoAnswer({ message: `${service} did not answer this call in time` })
  const ended = new NoAnswer({ message: `${service} ended this call, as it does when its connections are closed` })

  const refusal = (operation: string, cause: NoAnswer) => Effect.fail(unavailable(operation, cause))

  const answered = () => {
    silentSince = waiting.size > 0 ? watched : undefined
    if (!isLost) return
    isLost = false
    runFork(Effect.logInfo(`${service} answers again`))
  }

  const giveUp = (calls: Iterable<Waiting>, cause: NoAnswer) => {
    for (const call of calls) {
      waiting.delete(call)
      call.giveUp(cause)
    }
  }

  const tooLate = () => refusal("ask", late)

  /** Asks until there is an answer, to this or to any call. */
  const ask = Effect.gen(function* () {
    while (isDoubted()) {
      const exit = yield* Effect.exit(Effect.timeoutOrElse(options.ask, { duration: askMillisMax, orElse: tooLate }))
      if (isAnswer(exit)) return answered()
      yield* Effect.sleep(askPauseMillis)
    }
  }).pipe(
    Effect.ensuring(
      Effect.sync(() => {
        isAsked = false
      })
    )
  )

  const look = Effect.gen(function* () {
    const isSilent = silence() >= briefMillis
    giveUp(
      [...waiting].filter(({ isBrief, until }) => until <= watched || (isBrief && isSilent)),
      late
    )
    if (!isLost && silence() >= silenceMillis) {
      isLost = true
      giveUp(waiting, lost)
      yield* Effect.logWarning(lost.message)
    }
    if (!isAsked && silence() >= briefMillis / 2) {
      isAsked = true
      yield* Effect.forkIn(ask, scope)
    }
  })

  const watch = Effect.gen(function* () {
    while (isDoubted()) {
      const before = yield* Clock.currentTimeMillis
      yield* Effect.sleep(tickMillis)
      watched += Math.min((yield* Clock.currentTimeMillis) - before, tickMillisMax)
      yield* look
    }
  }).pipe(
    Effect.ensuring(
      Effect.sync(() => {
        isWatched = false
      })
    )
  )

  /** Starts to watch until there is an answer. */
  const doubt = () => {
    silentSince ??= watched
    if (isWatched) return
    isWatched = true
    runFork(Effect.forkIn(watch, scope))
  }

  /** Runs an effect in a fiber of its own and waits until it ends or is given up. */
  const detached = <A, E2, R, F>(
    effect: Effect.Effect<A, E2, R>,
    { isBrief, millisMax }: Required<CallOptions>,
    otherwise: (cause: NoAnswer) => Effect.Effect<A, F>
  ): Effect.Effect<A, E2 | F, R> =>
    Effect.contextWith((context: Context.Context<R>) =>
      Effect.callback<A, E2 | F>((resume) => {
        const fiber = Effect.runForkWith(context)(effect)
        const call: Waiting = {
          until: watched + millisMax,
          isBrief,
          giveUp: (cause) => {
            resume(otherwise(cause))
            fiber.interruptUnsafe()
          }
        }
        if (fiber.pollUnsafe() === undefined) {
          waiting.add(call)
          doubt()
        }
        fiber.addObserver((exit) => {
          waiting.delete(call)
          if (isAnswer(exit)) answered()
          else doubt()
          resume(isEnded(exit) ? otherwise(ended) : exit)
        })
        // An interrupted caller waits for the end of its call as well, unless the service is lost.
        return Effect.callback<void>((leave) => {
          call.giveUp = () => leave(Effect.void)
          fiber.addObserver(() => leave(Effect.void))
          fiber.interruptUnsafe()
        })
      })
    )

  const run = <A, E2, R>(
    operation: string,
    call: Effect.Effect<A, E2, R>,
    { isBrief = false, millisMax = callMillis }: CallOptions = {}
  ) =>
    Effect.suspend((): Effect.Effect<A, E | E2, R> =>
      isLost || (isBrief && silence() >= briefMillis)
        ? refusal(operation, lost)
        : detached(call, { isBrief, millisMax }, (cause) => refusal(operation, cause))
    )

  const breaker: Breaker<E> = {
    run,
    finish: (work) =>
      Effect.suspend(() =>
        isLost
          ? Effect.asVoid(Effect.forkDetach(work))
          : detached(Effect.asVoid(work), { isBrief: false, millisMax: callMillis }, () => Effect.void)
      )
  }
  return breaker
})
