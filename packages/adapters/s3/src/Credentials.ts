/**
 * The credentials of the standard AWS chain. The chain reads files once and keeps what does not expire, so keys that
 * are replaced under a running process would stay unknown. Here they can be read again.
 */
import { defaultProvider } from "@aws-sdk/credential-provider-node"
import { Effect } from "effect"

type Chain = ReturnType<typeof defaultProvider>

export interface Credentials {
  /** The provider for the SDK, which asks it for each signature. */
  readonly provider: Chain
  /** Counts the replacements so far. */
  readonly generation: () => number
  /**
   * Reads the credentials again, unless they were replaced since `generation`. Returns whether there are others than at
   * that time.
   */
  readonly renewed: (generation: number) => Effect.Effect<boolean>
}

/** How long a result of reading counts, so that many refused requests read once. */
const readAgainAfter = "1 second"

/** Opens the chain; `region` is where the chain asks for roles, if a profile names one. */
export const openCredentials = Effect.fnUntraced(function* (region: string | undefined): Effect.fn.Return<Credentials> {
  const open = () =>
    defaultProvider({ ignoreCache: true, ...(region === undefined ? {} : { clientConfig: { region } }) })
  let chain = open()
  let generation = 0

  const read = (source: Chain) => Effect.option(Effect.tryPromise(() => source()))
  const readAgain = yield* Effect.cachedWithTTL(
    Effect.gen(function* () {
      const next = open()
      const [before, after] = yield* Effect.all([read(chain), read(next)])
      if (after._tag === "None" || (before._tag === "Some" && isSame(before.value, after.value))) return
      chain = next
      generation++
      yield* Effect.logWarning("the object store refused the credentials; others were found and are used from now on")
    }).pipe(Effect.uninterruptible),
    readAgainAfter
  )

  return {
    // The SDK would keep what does not expire, if the provider did not say that it does this itself.
    provider: Object.assign<Chain, object>((properties) => chain(properties), { memoized: true }),
    generation: () => generation,
    renewed: (known) =>
      Effect.suspend(() => (generation === known ? readAgain : Effect.void)).pipe(
        Effect.map(() => generation !== known)
      )
  }
})

type Identity = Awaited<ReturnType<Chain>>

const isSame = (one: Identity, other: Identity): boolean =>
  one.accessKeyId === other.accessKeyId &&
  one.secretAccessKey === other.secretAccessKey &&
  one.sessionToken === other.sessionToken
