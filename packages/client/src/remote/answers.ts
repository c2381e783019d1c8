/** Reads and checks the small answers of a hub: refs, the result of a push, problems. */
import { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { type BranchName, branchName, type BranchNameRefused, Domain } from "@musehub/domain/repository/Names"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { jsonValue } from "@musehub/domain/wire/json"
import { Effect, Result, Schema, Stream } from "effect"
import { AnswerUnsound, printable, quoted, RemoteRefused, RemoteUnreachable } from "../errors.ts"

/** The answer to `GET /refs` (docs/wire.md, section 4). */
export interface RemoteRefs {
  readonly repository: RepositoryId
  readonly domain: Domain
  readonly defaultBranch: BranchName
  readonly heads: ReadonlyMap<BranchName, CommitId>
}

const Refs = Schema.Struct({
  repo_id: RepositoryId,
  domain: Domain,
  default_branch: Schema.String,
  branch_heads: Schema.Record(Schema.String, CommitId)
})
const decodeRefs = Schema.decodeUnknownResult(Refs)

const Took = Schema.Struct({ commits: Schema.Int, snapshots: Schema.Int, blobs: Schema.Int })
const Pushed = Schema.Struct({
  ok: Schema.Boolean,
  message: Schema.String,
  branch_heads: Refs.fields.branch_heads,
  took: Schema.optionalKey(Took)
})
const decodePushed = Schema.decodeUnknownResult(Pushed)

const Negotiated = Schema.Struct({ ack: Schema.Array(CommitId) })
const decodeNegotiated = Schema.decodeUnknownResult(Negotiated)

const Problem = Schema.Struct({ detail: Schema.String, type: Schema.optionalKey(Schema.String) })
const decodeProblem = Schema.decodeUnknownResult(Problem)

/** The most chunks that wait for the disk; `fetch` makes them of up to 64 KiB. */
const chunksAheadMax = 64

/** The largest small answer is that of `refs`; the `muse` client reads as much. */
const answerBytesMax = 64 * 1024 * 1024
/** The most bytes of a problem that are read: only its `detail` is shown. */
const problemBytesMax = 64 * 1024
/** One day: no client waits longer. */
const retryAfterSecondsMax = 86_400

/** Streams the body of an answer; fails if the connection breaks off or stalls. */
export const bodyOf = (url: string, answer: Response, idleMillisMax: number) => {
  const unreachable = (cause: unknown) => new RemoteUnreachable({ url, cause })
  const { body } = answer
  if (body === null) return Stream.empty
  return Stream.fromReadableStream<Uint8Array, RemoteUnreachable>({ evaluate: () => body, onError: unreachable }).pipe(
    Stream.timeoutOrElse({
      duration: idleMillisMax,
      orElse: () => Stream.fail(unreachable(new Error(`no byte in ${idleMillisMax / 1000} seconds`)))
    }),
    // Arrived chunks are taken at once: if the connection breaks off, `fetch` drops those that were not taken.
    Stream.buffer({ capacity: chunksAheadMax })
  )
}

type Body = ReturnType<typeof bodyOf>

/** Reads a body up to `bytesMax` bytes and the end of that chunk. */
const beginning = Effect.fnUntraced(function* (body: Body, bytesMax: number) {
  const chunks: Array<Uint8Array> = []
  let bytes = 0
  yield* body.pipe(
    Stream.takeUntil((chunk) => {
      chunks.push(chunk)
      bytes += chunk.byteLength
      return bytes > bytesMax
    }),
    Stream.runDrain
  )
  return Buffer.concat(chunks)
})

/** Reads a whole body as JSON. */
const jsonOf = Effect.fnUntraced(function* (url: string, body: Body) {
  const bytes = yield* beginning(body, answerBytesMax)
  if (bytes.byteLength > answerBytesMax) {
    return yield* new AnswerUnsound({ url, reason: `it has more than ${answerBytesMax} bytes` })
  }
  return yield* Effect.mapError(
    Effect.fromResult(jsonValue(bytes)),
    () => new AnswerUnsound({ url, reason: "it is not JSON, so this is no hub, or no repository of one" })
  )
})

const unsound = (url: string) => (error: { readonly message: string }) =>
  new AnswerUnsound({ url, reason: printable(error.message) })

/** Finds a branch whose parent folder would be another branch's file. */
const clashIn = (names: ReadonlySet<string>): string | undefined => {
  for (const name of names) {
    for (let slash = name.indexOf("/"); slash > 0; slash = name.indexOf("/", slash + 1)) {
      if (names.has(name.slice(0, slash))) return name
    }
  }
  return undefined
}

/** Checks that branches can be written as files. */
const headsOf = (
  url: string,
  record: { readonly [name: string]: CommitId }
): Result.Result<ReadonlyMap<BranchName, CommitId>, AnswerUnsound | BranchNameRefused> =>
  Result.gen(function* () {
    const heads = new Map<BranchName, CommitId>()
    for (const [name, id] of Object.entries(record)) heads.set(yield* branchName(name), id)
    if (heads.size > repositoryLimits.branches) {
      return yield* Result.fail(
        new AnswerUnsound({ url, reason: `it names more than ${repositoryLimits.branches} branches` })
      )
    }
    const clash = clashIn(new Set(heads.keys()))
    return clash === undefined
      ? heads
      : yield* Result.fail(
          new AnswerUnsound({ url, reason: `the parent folder of branch ${quoted(clash)} is a branch itself` })
        )
  })

/** Reads the answer to `refs`. */
export const readRefs = Effect.fnUntraced(function* (url: string, body: Body) {
  const json = yield* jsonOf(url, body)
  const refs = yield* Effect.mapError(Effect.fromResult(decodeRefs(json)), unsound(url))
  const heads = yield* Effect.fromResult(headsOf(url, refs.branch_heads))
  const defaultBranch = yield* Effect.fromResult(branchName(refs.default_branch))
  const remote: RemoteRefs = { repository: refs.repo_id, domain: refs.domain, defaultBranch, heads }
  return remote
})

/** Reads the answer to `negotiate`: the commits that the hub has. */
export const readNegotiated = Effect.fnUntraced(function* (url: string, body: Body) {
  const json = yield* jsonOf(url, body)
  const { ack } = yield* Effect.mapError(Effect.fromResult(decodeNegotiated(json)), unsound(url))
  return ack
})

/** A link is opened in a browser, so nothing else than a web address is taken for one. */
const LinkUrl = Schema.String.check(
  Schema.makeFilter((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? "") || "must be the URL of a page")
)
const decodeLink = Schema.decodeUnknownResult(Schema.Struct({ url: LinkUrl, expiresAt: Schema.String }))

/** Reads a link that signs a browser in. */
export const readLink = Effect.fnUntraced(function* (url: string, body: Body) {
  return yield* Effect.mapError(Effect.fromResult(decodeLink(yield* jsonOf(url, body))), unsound(url))
})

/** The answer to a push: the new heads, and how many objects the hub lacked, if it says so. */
export interface PushedRefs {
  readonly heads: ReadonlyMap<BranchName, CommitId>
  readonly took: typeof Took.Type | undefined
}

/** Reads the answer to `push`. */
export const readPushed = Effect.fnUntraced(function* (url: string, body: Body) {
  const json = yield* jsonOf(url, body)
  const pushed = yield* Effect.mapError(Effect.fromResult(decodePushed(json)), unsound(url))
  if (!pushed.ok) return yield* refusal(url, 200, pushed.message)
  const heads = yield* Effect.fromResult(headsOf(url, pushed.branch_heads))
  const answer: PushedRefs = { heads, took: pushed.took }
  return answer
})

const refusal = (url: string, status: number, detail: string, type = "about:blank", retryAfterMillis = 0) =>
  new RemoteRefused({ url, status, type: printable(type), detail: printable(detail), retryAfterMillis })

const retryAfterOf = (answer: Response): number => {
  const seconds = Number(answer.headers.get("retry-after") ?? 0)
  return seconds > 0 ? Math.min(seconds, retryAfterSecondsMax) * 1000 : 0
}

/** What a proxy on the way means by an answer of its own, which is mostly a web page. */
const meaningOfProxy: { readonly [status: number]: string } = {
  413:
    "a proxy before the hub refuses bodies of this size; ask its operator to raise the limit " +
    "(client_max_body_size in nginx)",
  502: "a proxy before the hub cannot reach it; try again later, and tell its operator if it stays so",
  503: "a proxy before the hub is out of service; try again later, and tell its operator if it stays so",
  504: "a proxy before the hub waited for it in vain; look at the hub's state before you send the same again"
}

/** Reads an unsuccessful answer: a problem (RFC 9457), or the answer of a proxy on the way. */
export const readRefusal = Effect.fnUntraced(function* (url: string, answer: Response, body: Body) {
  const { status, headers } = answer
  if (status >= 300 && status < 400) {
    const location = headers.get("location") ?? "nowhere"
    return refusal(url, status, `it redirects to ${location}, which is not followed; use that address if you trust it`)
  }
  const text = (yield* beginning(body, problemBytesMax)).toString("utf8")
  const problem = Result.flatMap(
    Result.try(() => JSON.parse(text) as unknown),
    decodeProblem
  )
  const { detail, type } = Result.getOrElse(problem, () => ({
    detail: meaningOfProxy[status] ?? text,
    type: undefined
  }))
  return refusal(url, status, detail === "" ? answer.statusText : detail, type, retryAfterOf(answer))
})
