/**
 * Access: every endpoint of the contract and of the wire, requested over HTTP by every kind of caller of a public and a
 * private repository. The expected outcomes are in a table of their own, spelled out.
 */
import { assert, describe, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { RepositoryId } from "@musehub/domain/object/Id"
import { UserName } from "@musehub/domain/repository/Names"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Role } from "@musehub/domain/repository/Root"
import type { Demand } from "@musehub/http/api/contract/about"
import { accessOf } from "@musehub/http/api/Api"
import { Effect } from "effect"
import { auditedHub } from "../hub/auditedHub.ts"
import { commitTo, growing } from "../muse/history.ts"
import { type Hub, tokenFor } from "../hub/Hub.ts"
import { type Answer, valueIn } from "../hub/Http.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, refs, type Target } from "../muse/MuseClient.ts"
import { type Sendable, textOf, toJson } from "../muse/Value.ts"

type Access = Extract<Demand, "read" | "oversee" | "participate" | "write" | "admin">
/** Whether the request passed the policy, or why it did not. */
type Verdict = "pass" | "unauthenticated" | "forbidden" | "repository-unknown"

const callers = [
  "anonymous",
  "a stranger",
  "a reader",
  "a writer",
  "an administrator",
  "the owner",
  "the owner with a read token",
  "the owner with a write token",
  "the owner with a token for this repository",
  "the owner with a token for another repository"
] as const

/** Who each caller is, in the audit log. */
const users: { readonly [C in (typeof callers)[number]]: string | null } = {
  anonymous: null,
  "a stranger": "stranger",
  "a reader": "with-read",
  "a writer": "with-write",
  "an administrator": "with-admin",
  "the owner": "ada",
  "the owner with a read token": "ada",
  "the owner with a write token": "ada",
  "the owner with a token for this repository": "ada",
  "the owner with a token for another repository": "ada"
}

const letters: { readonly [letter: string]: Verdict } = {
  "+": "pass",
  U: "unauthenticated",
  F: "forbidden",
  X: "repository-unknown"
}

/**
 * One letter for each caller, in the order above. `U` asks for a token, `F` says that the caller may not, `X` that
 * there is no such repository.
 */
const table: { readonly [V in "public" | "private"]: { readonly [A in Access]: string } } = {
  public: {
    read: "++++++++++",
    participate: "U+++++F++F",
    write: "UFF+++F++F",
    oversee: "UFFF++FF+F",
    admin: "UFFF++FF+F"
  },
  private: {
    read: "XX+++++++X",
    participate: "XX++++F++X",
    write: "XXF+++F++X",
    oversee: "XXFF++FF+X",
    admin: "XXFF++FF+X"
  }
}

/** A request that is harmless when it passes: what it names mostly does not exist. */
interface Request {
  readonly name: string
  readonly method: string
  /** Relative to the repository. */
  readonly path: string
  readonly access: Access
  readonly body?: Sendable
  readonly rest: boolean
  /** Endpoints to which the client sends a token always ask for one first. */
  readonly alwaysKnown?: boolean
}

const zeros = "0".repeat(64)
const uuid = "00000000-0000-4000-8000-000000000000"

const bodies: { readonly [endpoint: string]: Sendable } = {
  "repositories change": {},
  "repositories offer": { owner: "nobody-here" },
  "branches create": { name: "new", from: "nowhere" },
  "branches rename": { name: "new" },
  "branches protect": { approvals: 0, selfApproval: true },
  "branches restore": { commitId: zeros },
  "commits create": { branch: "main", message: "m", changes: [{ op: "delete", path: "nothing" }] },
  "commits annotate": { reviewedBy: ["ada"], testRuns: 1 },
  "tags create": { tag: "t", commitId: zeros },
  "releases create": { tag: "v1.0.0", commitId: zeros },
  "proposals open": { title: "t", body: "", fromBranch: "nowhere", toBranch: "main" },
  "proposals edit": { title: "t" },
  "proposals comment": { body: "b" },
  "proposals review": { verdict: "approve", body: "" },
  "proposals merge": { strategy: "squash" },
  "collaborators set": { role: "read" }
}

const parameters: { readonly [name: string]: string } = {
  name: "nowhere",
  id: zeros,
  kind: "hotspots",
  number: "999",
  tag: "v9.9.9",
  user: "nobody-here"
}

/** The queries that are required. */
const queries: { readonly [endpoint: string]: string } = {
  "browse blob": "?path=nothing",
  "browse raw": "?path=nothing",
  "diffs compare": "?base=nowhere&head=nowhere",
  "search search": "?in=content&q=nothing",
  "history path": "?path=nothing",
  "history blame": "?path=nothing",
  "symbols history": "?address=nothing",
  "midi notes": "?path=nothing",
  "midi analysis": "?path=nothing",
  "midi diff": "?base=nowhere&head=nowhere&path=nothing",
  "midi blame": "?path=nothing"
}

const isAccess = (demand: Demand): demand is Access => demand in table.public

const restRequests: ReadonlyArray<Request> = accessOf().flatMap(({ group, name, method, path, access }) => {
  const [, below] = path.split("/repos/:owner/:slug")
  if (below === undefined || !isAccess(access)) return []
  const named = below.replaceAll(/:(\w+)/g, (_, parameter: string) => {
    const value = parameters[parameter]
    if (value === undefined) throw new Error(`no value for ${parameter} in ${path}`)
    return value
  })
  const filled = named + (queries[`${group} ${name}`] ?? "")
  const body = bodies[`${group} ${name}`]
  return [
    { name: `${group} ${name}`, method, path: filled, access, rest: true, ...(body === undefined ? {} : { body }) }
  ]
})

const release: Sendable = {
  release_id: uuid,
  repo_id: uuid,
  tag: "v1.0.0",
  semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
  channel: "stable",
  commit_id: zeros,
  snapshot_id: zeros
}

const wire = (method: string, path: string, access: Access, body?: Sendable, alwaysKnown = true): Request => ({
  name: `wire ${method} ${path}`,
  method,
  path,
  access,
  rest: false,
  alwaysKnown,
  ...(body === undefined ? {} : { body })
})

const wireRequests: ReadonlyArray<Request> = [
  wire("GET", "refs", "read", undefined, false),
  wire("POST", "fetch", "read", { want: [], have: [] }, false),
  wire("POST", "negotiate", "read", { want: [], have: [] }, false),
  wire("GET", "releases", "read", undefined, false),
  wire("POST", "filter-objects", "read", { object_ids: [] }),
  wire("POST", "presign", "write", { object_ids: [], direction: "put" }),
  wire("POST", "push/objects", "write", { objects: [] }),
  wire("POST", "push", "write", { bundle: { commits: [], snapshots: [], objects: [] }, branch: "main", force: false }),
  wire("POST", "tags", "write", { tags: [] }),
  wire("POST", "releases", "write", release),
  wire("DELETE", "releases/v9.9.9", "write")
]

const verdictOf = (answer: Answer): Verdict => {
  if (answer.status < 400) return "pass"
  const type = textOf(valueIn(answer), "type").replace("urn:musehub:problem:", "")
  const refusal = (["unauthenticated", "forbidden", "repository-unknown"] as const).find((tag) => tag === type)
  if (refusal === undefined) return "pass"
  assert.strictEqual(answer.status, { unauthenticated: 401, forbidden: 403, "repository-unknown": 404 }[refusal])
  return refusal
}

/** An invalid token gets 401 on every endpoint, so only a request without a token is anonymous. */
const ask = ({ url }: Hub, repository: string, token: string | undefined, request: Request) => {
  const target: Target = request.rest ? { url, repository: "api/v1/repos", token } : { url, repository, token }
  const path = request.rest ? `${repository}${request.path}` : request.path
  const body = request.body === undefined ? undefined : new TextEncoder().encode(toJson(request.body))
  return call(target, request.method, path, body, { accept: "application/json", contentType: "application/json" })
}

const stage = Effect.fnUntraced(function* (hub: Hub, visibility: "public" | "private") {
  const owner = yield* tokenFor(hub, "ada")
  const target = yield* createRepository(hub.url, owner, `ada/${visibility}`, { visibility })
  const elsewhere = yield* createRepository(hub.url, owner, `ada/not-${visibility}`)
  const local = growing()
  commitTo(local, "main", { "a.txt": "a" })
  yield* pushAll(target, local)
  for (const role of Role.literals) {
    yield* tokenFor(hub, `with-${role}`)
    const path = `collaborators/with-${role}`
    const body = new TextEncoder().encode(toJson({ role }))
    yield* ok(
      call({ ...target, repository: `api/v1/repos/ada/${visibility}` }, "PUT", path, body, {
        accept: "application/json",
        contentType: "application/json"
      })
    )
  }
  const repositoryId = (each: Target) => Effect.map(refs(each), ({ id }) => RepositoryId.make(id))
  const tokens: { readonly [C in (typeof callers)[number]]: string | undefined } = {
    anonymous: undefined,
    "a stranger": yield* tokenFor(hub, "stranger"),
    "a reader": yield* tokenFor(hub, "with-read"),
    "a writer": yield* tokenFor(hub, "with-write"),
    "an administrator": yield* tokenFor(hub, "with-admin"),
    "the owner": owner,
    "the owner with a read token": yield* tokenFor(hub, "ada", { scope: "read" }),
    "the owner with a write token": yield* tokenFor(hub, "ada", { scope: "write" }),
    "the owner with a token for this repository": yield* tokenFor(hub, "ada", {
      repository: yield* repositoryId(target)
    }),
    "the owner with a token for another repository": yield* tokenFor(hub, "ada", {
      repository: yield* repositoryId(elsewhere)
    })
  }
  return tokens
})

describe("the policy", () => {
  it("covers every endpoint of a repository", () => {
    assert.isAbove(restRequests.length, 35)
    assert.sameMembers(
      [...new Set(restRequests.map(({ access }) => access))],
      ["read", "oversee", "participate", "write", "admin"]
    )
  })

  it.live("hides a deleted repository from every caller at every endpoint, until that is undone", () =>
    Effect.gen(function* () {
      const { hub } = yield* auditedHub()
      const tokens = yield* stage(hub, "public")
      const ada = actingAs(UserName.make("ada"))
      const before = yield* ask(hub, "ada/public", undefined, expected(wireRequests[0], "refs"))
      yield* Effect.provide(
        Effect.flatMap(openRepository("ada", "public", ada, "oversee"), deleteRepository),
        hub.services
      )
      for (const request of [...restRequests, ...wireRequests]) {
        for (const caller of callers) {
          const first = caller === "anonymous" && request.alwaysKnown === true
          const verdict = verdictOf(yield* ask(hub, "ada/public", tokens[caller], request))
          assert.strictEqual(verdict, first ? "unauthenticated" : "repository-unknown", `${request.name} of ${caller}`)
        }
      }
      yield* Effect.provide(
        Effect.flatMap(openRepository("ada", "public", ada, "undelete"), undeleteRepository),
        hub.services
      )
      const after = yield* ask(hub, "ada/public", undefined, expected(wireRequests[0], "refs"))
      assert.deepStrictEqual([after.status, valueIn(after)], [200, valueIn(before)])
    })
  )

  for (const visibility of ["public", "private"] as const) {
    it.live(
      `holds for a ${visibility} repository, for every caller and request, and who is forbidden is in the audit log`,
      () =>
        Effect.gen(function* () {
          const { events, hub } = yield* auditedHub()
          const tokens = yield* stage(hub, visibility)
          for (const request of [...restRequests, ...wireRequests]) {
            const found: Record<string, Verdict> = {}
            const expected: Record<string, Verdict | undefined> = {}
            for (const [place, caller] of callers.entries()) {
              const token = tokens[caller]
              events.length = 0
              found[caller] = verdictOf(yield* ask(hub, `ada/${visibility}`, token, request))
              const refusals = events.filter(({ outcome }) => outcome === "refused")
              assert.deepStrictEqual(
                refusals.map(({ about, by }) => ({ about, by })),
                found[caller] === "forbidden" ? [{ about: `ada/${visibility}`, by: users[caller] }] : [],
                `${request.name} of ${caller} in the audit log`
              )
              const first = token === undefined && request.alwaysKnown === true
              expected[caller] = first ? "unauthenticated" : letters[table[visibility][request.access][place] ?? ""]
            }
            assert.deepStrictEqual(found, expected, `${request.name} (${request.access})`)
          }
        })
    )
  }
})
