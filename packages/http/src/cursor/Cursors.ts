/**
 * Seals the positions of lists. A position may name what its reader may not see, and one that was made up could ask for
 * it. So a cursor is encrypted and authenticated under the hub's secret, for the list of one route.
 */
import { aessiv } from "@noble/ciphers/aes.js"
import { expected } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import type { ObjectCorrupt } from "@musehub/domain/object/Refused"
import { ObjectStore, type StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { CursorRefused } from "@musehub/domain/port/Page"
import { hubSecret } from "@musehub/domain/usecase/operations/hubSecret"
import { Context, Effect, Layer, Redacted } from "effect"
import { CurrentExchange } from "../exchange/Exchange.ts"

export class Cursors extends Context.Service<
  Cursors,
  {
    /** Returns the cursor of a position in the list that the request asks for. Equal positions have equal cursors. */
    readonly seal: (position: string) => Effect.Effect<string, ObjectCorrupt | StoreUnavailable>
    /** Returns the position of a cursor. Refuses one that this list did not give out. */
    readonly open: (cursor: string) => Effect.Effect<string, CursorRefused | ObjectCorrupt | StoreUnavailable>
  }
>()("@musehub/http/cursor/Cursors") {}

/** Positions of up to this many bytes have cursors of one length, which tells nothing about a name. */
const blockBytes = 192
/** Ends the position in a padded block. No UTF-8 text contains it. */
const endByte = 0xff

const padded = (position: string): Uint8Array => {
  const text = new TextEncoder().encode(position)
  const block = new Uint8Array(Math.ceil((text.byteLength + 1) / blockBytes) * blockBytes)
  block.set(text)
  block[text.byteLength] = endByte
  return block
}

const unpadded = (block: Uint8Array): string => new TextDecoder().decode(block.subarray(0, block.indexOf(endByte)))

/** Encrypts and authenticates for a route: the same bytes always give the same ciphertext (RFC 5297). */
const cipherOf = Effect.fnUntraced(function* (secret: Redacted.Redacted) {
  const { route } = yield* CurrentExchange
  const key = Buffer.from(sha256(`cursors of lists\n${Redacted.value(secret)}`), "hex")
  return aessiv(key, Buffer.from(expected(route, "the route of a list")))
})

export const layer: Layer.Layer<Cursors, never, ObjectStore> = Layer.effect(
  Cursors,
  Effect.gen(function* () {
    const store = yield* ObjectStore
    let known: Redacted.Redacted | undefined
    const cipher = Effect.suspend(() =>
      known === undefined
        ? Effect.tap(Effect.provideService(hubSecret, ObjectStore, store), (secret) =>
            Effect.sync(() => (known = secret))
          )
        : Effect.succeed(known)
    ).pipe(
      // Another hub made the secret each time, and it was gone when it was read.
      Effect.catchTag("DocumentConflict", (conflict) => Effect.die(conflict)),
      Effect.flatMap(cipherOf)
    )
    return Cursors.of({
      seal: (position) =>
        Effect.map(cipher, ({ encrypt }) => Buffer.from(encrypt(padded(position))).toString("base64url")),
      open: (cursor) =>
        Effect.flatMap(cipher, ({ decrypt }) =>
          Effect.try({
            try: () => unpadded(decrypt(Buffer.from(cursor, "base64url"))),
            catch: () => new CursorRefused({ reason: "is not from an earlier answer of this list" })
          })
        )
    })
  })
)
