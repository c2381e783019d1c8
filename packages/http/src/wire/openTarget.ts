/**
 * Opens the repository of a wire request, `/{owner}/{slug}/…`, for the caller. The `muse` client shows the answer and
 * nothing else, so the answer to a former name, and that to a caller without a token, says what to type.
 */
import { type OpenOptions, openRepository } from "@musehub/domain/usecase/access/openRepository"
import { type Access, type Principal, RepositoryMoved, RepositoryUnknown } from "@musehub/domain/usecase/access/policy"
import { Slug, UserName } from "@musehub/domain/repository/Names"
import { Effect, Schema } from "effect"
import { HttpRouter } from "effect/http"
import { publicUrl } from "../proxy/Proxies.ts"

const target = Effect.map(HttpRouter.params, ({ owner = "", slug = "" }) => ({ owner, slug }))

/** Returns the URL of the request's repository, as clients type it. */
export const targetUrl = Effect.gen(function* () {
  const { owner, slug } = yield* target
  return `${yield* publicUrl}/${owner}/${slug}`
})

/** Says whether there can be such a repository. Nothing else is repeated in a command to type. */
const isName = Schema.is(Schema.Struct({ owner: UserName, slug: Slug }))

/** Says how to get a private repository, since `muse clone` sends no token (docs/wire.md, section 3). */
const withoutToken = Effect.fnUntraced(function* ({ name }: RepositoryUnknown) {
  const url = yield* targetUrl
  const remedy =
    "you sent no token, and `muse clone` never does; get a private repository with `muse init`, " +
    `\`muse remote add origin ${url}\` and \`muse pull origin main\`, or with \`MUSEHUB_TOKEN=… musehub clone ${url}\``
  return yield* new RepositoryUnknown({ name, remedy })
})

export const openTarget = Effect.fnUntraced(function* <A extends Access>(
  caller: Principal | null,
  access: A,
  options?: OpenOptions
) {
  const { owner, slug } = yield* target
  return yield* openRepository(owner, slug, caller, access, options).pipe(
    Effect.catchTag("RepositoryMoved", ({ from, to }) =>
      Effect.flatMap(publicUrl, (base) => Effect.fail(new RepositoryMoved({ from, to, url: `${base}/${to}` })))
    ),
    Effect.catchTag("RepositoryUnknown", (unknown) =>
      caller === null && isName({ owner, slug }) ? withoutToken(unknown) : Effect.fail(unknown)
    )
  )
})
