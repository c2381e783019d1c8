/** Reads the header of an mpack stream: the version first, since the rest depends on it. */
import { Effect, Result, Schema } from "effect"
import { utf8Length } from "../../base/Bytes.ts"
import { cut } from "../../base/text/cut.ts"
import { type CommitId, isCommitId, RepositoryId } from "../../object/Id.ts"
import { branchNameBytesMax } from "../Limits.ts"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { type MpackCounts, type MpackHeader, mpackHeader, type MpackPush, mpackVersions } from "./Format.ts"
import type { Input } from "./Input.ts"
import type { MpackLimits } from "./limits.ts"
import { MpackRefused, MpackVersionUnknown } from "./Refused.ts"

/** Reads the header and checks it against the limits. */
export const readHeader = Effect.fnUntraced(function* <E>(input: Input<E>, limits: MpackLimits) {
  const fields = yield* input.reader.value(limits.headerBytes)
  const [first] = isMap(fields) ? fields : []
  if (!isMap(fields) || first?.[0] !== "version") {
    return yield* input.refused("the stream does not begin with a header whose first field is its version")
  }
  const [, version] = first
  if (!isCount(version)) return yield* input.refused("the version is not a count")
  if (!mpackVersions.includes(version)) return yield* MpackVersionUnknown.of(version)
  const header = headerOf(fields, limits, input)
  if (Result.isFailure(header)) return yield* header.failure
  if (!input.spells(mpackHeader(header.success))) return yield* input.refused("the header is not in canonical form")
  return header.success
})

const known: ReadonlySet<string> = new Set([
  "version",
  "repository",
  "heads",
  "commits",
  "snapshots",
  "blobs",
  "bytes",
  "push"
])

const shown = (text: string): string => JSON.stringify(cut(text, 100))

const isCount = (value: MsgpackValue | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

const isRepositoryId = Schema.is(RepositoryId)

const isMap = (value: MsgpackValue | undefined): value is ReadonlyMap<string, MsgpackValue> => value instanceof Map

const isBranch = (value: MsgpackValue | undefined): value is string =>
  typeof value === "string" && value !== "" && utf8Length(value) <= branchNameBytesMax

type Refusing = Pick<Input<unknown>, "refused">

const headerOf = (
  fields: ReadonlyMap<string, MsgpackValue>,
  limits: MpackLimits,
  input: Refusing
): Result.Result<MpackHeader, MpackRefused> =>
  Result.gen(function* () {
    for (const key of fields.keys()) {
      if (!known.has(key)) return yield* refuse(input, `the header has the unknown field ${shown(key)}`)
    }
    const repository = fields.get("repository")
    if (!isRepositoryId(repository)) return yield* refuse(input, "the header's repository is not a lower-case UUID")
    const heads = yield* headsOf(fields.get("heads"), limits, input)
    const counts = yield* countsOf(fields, limits, input)
    const push = fields.get("push")
    return { repository, heads, ...counts, ...(push === undefined ? {} : { push: yield* pushOf(push, input) }) }
  })

const refuse = (input: Refusing, reason: string, kind?: MpackRefused["kind"]) =>
  Result.fail(input.refused(reason, kind))

const headsOf = (heads: MsgpackValue | undefined, limits: MpackLimits, input: Refusing) => {
  if (!isMap(heads)) return refuse(input, "the header's heads are not a map")
  if (heads.size > limits.heads) {
    return refuse(input, `the header has ${heads.size} heads where at most ${limits.heads} are allowed`, "limit")
  }
  const checked = new Map<string, CommitId>()
  for (const [name, id] of heads) {
    if (!isBranch(name) || !isCommitId(id)) {
      return refuse(input, `the header's head ${shown(name)} is not a name with a commit id`)
    }
    checked.set(name, id)
  }
  return Result.succeed(checked)
}

const countsOf = (fields: ReadonlyMap<string, MsgpackValue>, limits: MpackLimits, input: Refusing) => {
  const counts: { -readonly [K in keyof MpackCounts]: number } = { commits: 0, snapshots: 0, blobs: 0, bytes: 0 }
  for (const what of ["commits", "snapshots", "blobs", "bytes"] as const) {
    const count = fields.get(what)
    if (!isCount(count)) return refuse(input, `the header's ${what} are not a count`)
    if (count > limits[what]) {
      return refuse(input, `the header promises ${count} ${what} where at most ${limits[what]} are allowed`, "limit")
    }
    counts[what] = count
  }
  return Result.succeed(counts)
}

const pushOf = (push: MsgpackValue, input: Refusing): Result.Result<MpackPush, MpackRefused> => {
  if (!isMap(push)) return refuse(input, "the header's push is not a map")
  const branch = push.get("branch")
  const expect = push.get("expect")
  const force = push.get("force")
  const head = push.get("head")
  if (!isBranch(branch)) return refuse(input, "the push names no branch")
  if (expect !== undefined && expect !== null && !isCommitId(expect)) {
    return refuse(input, "what the push expects is neither a commit id nor nil")
  }
  if (typeof force !== "boolean") return refuse(input, "the push does not say whether it forces")
  if (!isCommitId(head)) return refuse(input, "the push names no commit as its head")
  return Result.succeed({ branch, ...(expect === undefined ? {} : { expect }), force, head })
}
