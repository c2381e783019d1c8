/**
 * Replays recorded exchanges against a hub and compares the answers by meaning: ids as sets, records field by field
 * with what was pushed, statuses exactly.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { goldenNames, goldenRepository } from "./goldenRepositories.ts"
import { type Hub, tokenFor } from "../hub/Hub.ts"
import { type Answer, type HeaderList, send, valueIn } from "../hub/Http.ts"
import {
  contentOf,
  emptyBlobId,
  type LocalRepository,
  pushBody,
  pushBranch,
  putPresigned,
  received,
  walk
} from "./LocalRepository.ts"
import { createRepository, headsIn, post, type Target } from "./MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { collect, type Contents, type Exchange, exchangesOf } from "./Recording.ts"
import { type Difference, differences, type Group, groups } from "./replayGroups.ts"
import {
  assertSame,
  fieldsOf,
  fromMsgpack,
  recordsOf,
  type Sendable,
  textOf,
  textsOf,
  type Value,
  valueOf
} from "./Value.ts"

const noContents = (): Contents => ({ commits: new Map(), snapshots: new Map(), blobs: new Map() })

/** Scenario 48 starts on a commit that no recording contains. Its id proves this record. */
const unrecorded: Sendable = {
  commits: [
    {
      commit_id: "3db57fa51d97f4fcdf149fb2f823dae5b458ceff0901feeb9094d30d269ce754",
      branch: "main",
      snapshot_id: emptyBlobId,
      message: "shared",
      committed_at: "2026-11-22T15:47:59.738886+00:00",
      parent_commit_id: null,
      parent2_commit_id: null
    }
  ]
}

/**
 * Everything that any recording or repository contains, as clients had it: what they sent comes before what they got.
 */
const pool: LocalRepository = (() => {
  const contents = noContents()
  const exchanges = groups.flatMap((group) => group.scenarios.flatMap(exchangesOf))
  for (const { body, endpoint } of exchanges) {
    if (body !== undefined && endpoint !== "PUT") collect(contents, fromMsgpack(body))
  }
  for (const name of goldenNames) {
    const { commits, snapshots, blobs } = goldenRepository(name)
    collect(contents, valueOf({ commits: [...commits.values()], snapshots: [...snapshots.values()] }))
    for (const [id, content] of blobs) contents.blobs.set(id, content)
  }
  for (const { answer, endpoint } of exchanges) if (endpoint === "fetch") collect(contents, answer)
  collect(contents, valueOf(unrecorded))
  return { domain: "code", heads: new Map(), ...contents }
})()

/** Returns the one id of the pool that starts like this. */
export const idLike = (start: string): string => {
  const ids = [...pool.commits.keys(), ...pool.blobs.keys()].filter((id) => id.startsWith(start))
  const [id] = ids
  if (id === undefined || new Set(ids).size > 1) throw new Error(`${ids.length} ids begin with ${start}`)
  return id
}

/** A hub that plays the part of the recorded one. */
export interface Stage {
  readonly hub: Hub
  readonly ada: string
  readonly bob: string
  /** The content that pushes have brought into this hub. */
  readonly pushed: Contents
  /** The URLs that the hub gave for direct uploads. */
  readonly presigned: Map<string, string>
}

export const makeStage = Effect.fnUntraced(function* (hub: Hub, repositories: Group["repositories"]) {
  const stage: Stage = {
    hub,
    ada: yield* tokenFor(hub, "ada"),
    bob: yield* tokenFor(hub, "bob"),
    pushed: noContents(),
    presigned: new Map()
  }
  for (const [name, options] of Object.entries(repositories)) {
    yield* createRepository(hub.url, stage.ada, name, options)
  }
  return stage
})

const targetOf = (stage: Stage, path: string): Target => ({
  url: stage.hub.url,
  repository: path.split("/").slice(1, 3).join("/"),
  token: stage.ada
})

/** Pushes to `main` from another clone. */
export const pushUnrecorded = Effect.fnUntraced(function* (stage: Stage, repository: string, head: string) {
  const { bundle, answer } = yield* pushBranch({ url: stage.hub.url, repository, token: stage.ada }, pool, "main", {
    tip: idLike(head)
  })
  assert.strictEqual(answer.status, 200, new TextDecoder().decode(answer.body))
  collect(stage.pushed, valueOf(pushBody(pool, bundle, "main")))
})

/** Returns the recorded headers, for this hub and its tokens. */
const headersFor = (stage: Stage, exchange: Exchange, user: "ada" | "bob"): HeaderList =>
  exchange.headers.map(([name, value]) => {
    if (name === "Host") return [name, new URL(stage.hub.url).host]
    return name === "Authorization" ? [name, value.replace("<redacted>", stage[user])] : [name, value]
  })

/** A PUT goes to the URL that the hub gave; without one, the client sends the blob through the hub. */
const sendExchange = (stage: Stage, exchange: Exchange, user: "ada" | "bob"): Effect.Effect<Answer> => {
  const { method, path, body, endpoint } = exchange
  if (endpoint === "PUT") {
    const id = path.split("/").at(-1) ?? ""
    const url = stage.presigned.get(id)
    const content = body ?? new Uint8Array()
    if (url !== undefined) return putPresigned(url, content)
    return post(targetOf(stage, "/ada/file-contents"), "push/objects", { objects: [{ object_id: id, content }] })
  }
  const headers = headersFor(stage, exchange, user)
  return Effect.orDie(send({ method, url: stage.hub.url + path, headers, body }))
}

const sorted = (ids: Iterable<string>) => [...new Set(ids)].toSorted()

const compareFetch = (stage: Stage, exchange: Exchange, request: Value, answer: Answer, difference: Difference) => {
  const { name } = exchange
  const known: LocalRepository = { domain: "", heads: new Map(), ...stage.pushed }
  const had = walk(known.commits, textsOf(request, "have"))
  const held = contentOf(known, had)
  const lacking = walk(known.commits, textsOf(request, "want")).filter((id) => !had.includes(id))
  const needed = contentOf(known, lacking)
  const actual = received(answer)

  const recordedCommits = recordsOf(exchange.answer, "commits").map((commit) => textOf(commit, "commit_id"))
  const expected = [...recordedCommits, ...(difference.commitsToo ?? []).map(idLike)]
  assert.deepStrictEqual(sorted(actual.commits.keys()), sorted(expected), `${name}: commits`)
  assert.deepStrictEqual(sorted(actual.commits.keys()), sorted(lacking), `${name}: commits that the client lacks`)
  for (const [id, commit] of actual.commits) {
    const pushed = known.commits.get(id) ?? new Map<string, Value>()
    for (const [field, value] of pushed) assertSame(commit.get(field) ?? null, value, `${name}: ${field} of ${id}`)
  }
  for (const kind of ["snapshots", "blobs"] as const) {
    const lackingIds = sorted([...needed[kind]].filter((id) => !held[kind].has(id)))
    assert.deepStrictEqual(sorted(actual[kind].keys()), lackingIds, `${name}: ${kind}`)
  }
  for (const [id, snapshot] of actual.snapshots) {
    assertSame(snapshot, known.snapshots.get(id) ?? null, `${name}: snapshot ${id}`)
  }

  // Recorded content that is not sent must be what the client has; content that is sent and was not recorded needs a
  // reason.
  const recorded = {
    snapshots: recordsOf(exchange.answer, "snapshots").map((snapshot) => textOf(snapshot, "snapshot_id")),
    blobs: recordsOf(exchange.answer, "objects").map((object) => textOf(object, "object_id"))
  }
  for (const kind of ["snapshots", "blobs"] as const) {
    const withheld = recorded[kind].filter((id) => !actual[kind].has(id))
    assert.deepStrictEqual(
      withheld.filter((id) => !held[kind].has(id)),
      [],
      `${name}: ${kind} withheld`
    )
    if (difference.commitsToo !== undefined) continue
    const added = [...actual[kind].keys()].filter((id) => !recorded[kind].includes(id))
    assert.deepStrictEqual(
      added.filter((id) => id !== emptyBlobId),
      [],
      `${name}: ${kind} added`
    )
  }
}

const headsOf = (value: Value, difference: Difference): ReadonlyMap<string, string> =>
  difference.heads === undefined
    ? headsIn(value)
    : new Map(Object.entries(difference.heads).map(([branch, head]) => [branch, idLike(head)]))

/** Compares a success; `value` is the answer's, `recorded` that of the recorded hub. */
const compareSuccess = (stage: Stage, exchange: Exchange, answer: Answer, difference: Difference) => {
  const { name, endpoint, answer: recorded } = exchange
  const request = exchange.body === undefined ? null : fromMsgpack(exchange.body)
  const value = valueIn(answer)
  switch (endpoint) {
    case "refs":
      assertSame(headsIn(value), headsOf(recorded, difference), `${name}: heads`)
      assert.strictEqual(textOf(value, "default_branch"), textOf(recorded, "default_branch"), name)
      assert.strictEqual(textOf(value, "domain"), difference.domain ?? textOf(recorded, "domain"), name)
      assert.match(textOf(value, "repo_id"), /^[0-9a-f-]{36}$/, name)
      break
    case "filter-objects": {
      const notMissing = new Set((difference.notMissing ?? []).map(idLike))
      const missing = textsOf(recorded, "missing").filter((id) => !notMissing.has(id))
      const expected = [...missing, ...(difference.missingToo ?? []).map(idLike)]
      assert.deepStrictEqual(sorted(textsOf(value, "missing")), sorted(expected), `${name}: missing`)
      break
    }
    case "presign": {
      const urls = fieldsOf(value, "presigned")
      for (const [id, url] of urls) stage.presigned.set(id, String(url))
      const answered = [...urls.keys(), ...textsOf(value, "inline")]
      assert.deepStrictEqual(sorted(answered), sorted(textsOf(request, "object_ids")), `${name}: every id`)
      break
    }
    case "push/objects": {
      const counts = [fieldsOf(value).get("stored"), fieldsOf(value).get("skipped")].map(Number)
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        recordsOf(request, "objects").length,
        `${name}: stored and skipped`
      )
      break
    }
    case "push": {
      assert.isTrue(fieldsOf(value).get("ok"), name)
      // Of all heads the client looks at that of the pushed branch.
      const branch = textOf(request, "branch")
      const heads = [...headsOf(recorded, difference)].filter(([pushed]) => pushed === branch)
      assertSame(headsIn(value), new Map(heads), `${name}: heads`)
      collect(stage.pushed, request)
      break
    }
    case "negotiate":
      assert.deepStrictEqual(sorted(textsOf(value, "ack")), sorted(textsOf(recorded, "ack")), `${name}: ack`)
      assertSame(
        fieldsOf(value).get("ready") ?? null,
        difference.ready ?? fieldsOf(recorded).get("ready") ?? null,
        `${name}: ready`
      )
      assertSame(
        fieldsOf(value).get("common_base") ?? null,
        difference.commonBase === undefined
          ? (fieldsOf(recorded).get("common_base") ?? null)
          : idLike(difference.commonBase),
        `${name}: common_base`
      )
      break
    case "fetch":
      compareFetch(stage, exchange, request, answer, difference)
      break
    default:
      throw new Error(`${name}: nothing says how to compare ${endpoint}`)
  }
}

const replayExchange = Effect.fnUntraced(function* (stage: Stage, exchange: Exchange) {
  const difference: Difference = differences[exchange.name] ?? { because: "" }
  const answer = yield* sendExchange(stage, exchange, exchange.name.startsWith("38/") ? "bob" : "ada")
  const status = difference.status ?? exchange.status
  if (exchange.endpoint === "PUT") {
    assert.strictEqual(answer.status, 200, exchange.name)
    return
  }
  assert.isUndefined(answer.headers["content-encoding"], exchange.name)
  if (status >= 400) {
    const problem = assertProblem(answer, status, /./, exchange.name)
    if (status === 409) assert.match(textOf(problem, "head"), /^[0-9a-f]{64}$/, exchange.name)
    return
  }
  assert.strictEqual(answer.status, status, exchange.name)
  assert.strictEqual(answer.headers["content-type"], "application/x-msgpack", exchange.name)
  compareSuccess(stage, exchange, answer, difference)
})

/** Calls that the client sends side by side. */
const isParallel = ({ endpoint }: Exchange) => endpoint === "push/objects" || endpoint === "PUT"

/** Replays exchanges in order, and side by side where the client sends them so. */
export const replay = Effect.fnUntraced(function* (
  stage: Stage,
  exchanges: ReadonlyArray<Exchange>,
  pushedBefore: Group["pushedBefore"] = {}
) {
  for (let position = 0; position < exchanges.length;) {
    const first = exchanges[position]
    if (first === undefined) break
    const rest = exchanges.slice(position)
    const end = rest.findIndex((other) => other.endpoint !== first.endpoint)
    const together = isParallel(first) ? rest.slice(0, end === -1 ? rest.length : end) : [first]
    const before = pushedBefore[first.name]
    if (before !== undefined) yield* pushUnrecorded(stage, before.repository, before.head)
    yield* Effect.forEach(together, (exchange) => replayExchange(stage, exchange), { concurrency: 4, discard: true })
    position += together.length
  }
})
