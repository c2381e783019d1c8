/** `POST /api/v1/repos`: making a repository, in the JSON of the REST API (wire protocol, section 8). */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { Description, Domain, RepositoryName, UserName } from "@musehub/domain/repository/Names"
import { type Repository, Visibility } from "@musehub/domain/repository/Root"
import { createRepository } from "@musehub/domain/usecase/createRepository"
import { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { Effect, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { wholeBody } from "../Body.ts"
import { knownCaller } from "../Caller.ts"
import { answer } from "../Encoding.ts"

const bodyBytesMax = 64 * 1024

/** What a caller may say; everything but owner and name has a default. Unknown members are ignored. */
const NewRepository = Schema.Struct({
  owner: UserName,
  name: RepositoryName,
  visibility: Schema.optionalKey(Visibility),
  description: Schema.optionalKey(Description),
  domain: Schema.optionalKey(Domain),
  defaultBranch: Schema.optionalKey(Schema.String),
  initialize: Schema.optionalKey(Schema.Boolean)
})

const defaults = {
  visibility: "private",
  description: Description.make(""),
  domain: Domain.make("code"),
  defaultBranch: "main",
  initialize: true
} as const

const decodeNewRepository = Schema.decodeUnknownEffect(NewRepository)

const describe = (repository: Repository, baseUrl: string) => ({
  repoId: repository.id,
  owner: repository.owner,
  name: repository.name,
  slug: repository.slug,
  visibility: repository.visibility,
  description: repository.description,
  domain: repository.domain,
  defaultBranch: repository.defaultBranch,
  cloneUrl: `${baseUrl}/${repository.owner}/${repository.slug}`,
  createdAt: repository.createdAt
})

/**
 * `{owner, name, visibility?, description?, domain?, defaultBranch?, initialize?}`: 201 with the repository; 400, 401, 403, 413; 409
 * when the owner has one of this name; 422 for a branch name that no client could use.
 */
export const createRepositoryRoute = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const caller = yield* knownCaller(request.headers, "creating a repository")
  const body = yield* wholeBody(request, bodyBytesMax)
  const json = yield* Effect.fromResult(parseJson(new TextDecoder().decode(body)))
  const wanted = yield* Effect.mapError(
    decodeNewRepository(json),
    (error) => new RequestRefused({ field: "body", reason: error.message, kind: "malformed" })
  )
  const repository = yield* createRepository(caller, { ...defaults, ...wanted })
  const host = request.headers["host"] ?? "localhost"
  return answer("json", describe(repository, `${request.protocol ?? "http"}://${host}`), 201)
})
