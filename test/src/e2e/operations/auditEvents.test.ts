/**
 * What the audit log says of each call that changes rights or history, and of each refusal: who, what, which
 * repository, and with what outcome. A call or an action of roots that is in no table fails a test.
 */
import { assert, describe, it } from "@effect/vitest"
import { claimName } from "@musehub/domain/invariant/NameClaims"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Slug, UserName } from "@musehub/domain/repository/Names"
import type { RootAction } from "@musehub/domain/repository/Root"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { accessOf } from "@musehub/http/api/Api"
import { Effect, Redacted } from "effect"
import { createHash } from "node:crypto"
import { auditedHub, type Recorded } from "../hub/auditedHub.ts"
import type { Answer } from "../hub/Http.ts"
import { type Hub, tokenFor } from "../hub/Hub.ts"
import { commitTo, type Growing, growing } from "../muse/history.ts"
import { bundleFor, pushBody, uploadBlobs } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, post, refs, type Target } from "../muse/MuseClient.ts"
import { type Sendable, toJson } from "../muse/Value.ts"
import { Browser } from "../signIn/Browser.ts"

/** The tokens: each user's own, and one of ada's that may only write. */
type Who = "ada" | "bob" | "ada's writer"

/** What a row begins with: a repository of ada's with the branches `main` and `side`, which has a commit more. */
interface Scene {
  readonly hub: Hub
  readonly target: Target
  readonly local: Growing
  readonly first: string
  readonly rest: (who: Who, method: string, path: string, body?: Sendable) => Effect.Effect<Answer>
  /** The same of a path below the repository. */
  readonly at: (who: Who, method: string, path: string, body?: Sendable) => Effect.Effect<Answer>
  readonly pushBack: Effect.Effect<Answer>
  readonly secrets: Set<string>
}

interface Line {
  readonly action: string
  /** Without it, what the row's repository is called. */
  readonly about?: string | RegExp
  /** One for each detail. */
  readonly details: ReadonlyArray<string | RegExp>
}

interface Row {
  /** The method and the route of the call. */
  readonly route: string
  readonly by: "ada" | "bob"
  readonly first?: (scene: Scene) => Effect.Effect<unknown>
  readonly run: (scene: Scene) => Effect.Effect<Answer>
  readonly lines: ReadonlyArray<Line>
}

const repos = "/api/v1/repos/:owner/:slug"
const hex = "[0-9a-f]{64}"
const protection = { approvals: 1, selfApproval: false }
const loose = { approvals: 0, selfApproval: true }
const protect = (rule: Sendable) => (scene: Scene) => ok(scene.at("ada", "PUT", "/branches/main/protection", rule))
const grant = (role: string) => (scene: Scene) => ok(scene.at("ada", "PUT", "/collaborators/bob", { role }))
const offer = (scene: Scene) => ok(scene.at("ada", "POST", "/transfer", { owner: "bob" }))
const archive = (scene: Scene) => ok(scene.at("ada", "PUT", "/archive"))
const field = (answer: Answer, name: string): string =>
  String((JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>)[name])
const idOf = (target: Target) => Effect.map(refs(target), ({ id }) => id)

const release = (scene: Scene) => scene.at("ada", "POST", "/releases", { tag: "v1.0.0", commitId: scene.first })
const tag = (scene: Scene) => scene.at("ada", "POST", "/tags", { tag: "best take", commitId: scene.first })
const token = (scene: Scene) =>
  Effect.tap(scene.rest("ada", "POST", "/user/tokens", { scope: "read" }), (answer) =>
    Effect.sync(() => scene.secrets.add(field(answer, "secret")))
  )
const propose = (scene: Scene) =>
  ok(scene.at("ada", "POST", "/proposals", { title: "t", body: "", fromBranch: "side", toBranch: "main" }))

const done: ReadonlyArray<Row> = [
  {
    route: "POST /api/v1/repos",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/repos", { owner: "ada", name: "brand-new", visibility: "private" }),
    lines: [{ action: "create-repository", about: "ada/brand-new", details: [] }]
  },
  {
    route: `PATCH ${repos}`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "", { visibility: "private" }),
    lines: [{ action: "change-settings", details: ['setting visibility: "private"'] }]
  },
  {
    route: `PATCH ${repos}`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "", { name: "another-name" }),
    lines: [{ action: "rename", details: ['setting name: "another-name"', 'setting slug: "another-name"'] }]
  },
  {
    // Another repository was about to take the name, and its hub ended in between.
    route: `PATCH ${repos}`,
    by: "ada",
    first: ({ hub, target }) =>
      Effect.gen(function* () {
        const other = yield* createRepository(hub.url, target.token ?? "", "ada/overtaken")
        const name = { owner: UserName.make("ada"), slug: Slug.make("wanted") }
        yield* claimName(name, RepositoryId.make(yield* idOf(other)), 0, UserName.make("ada")).pipe(
          Effect.provideContext(hub.services),
          Effect.orDie
        )
      }),
    run: ({ at }) => at("ada", "PATCH", "", { name: "wanted" }),
    lines: [
      { action: "abandon-rename", about: "ada/overtaken", details: [] },
      { action: "rename", details: ['setting name: "wanted"', 'setting slug: "wanted"'] }
    ]
  },
  {
    route: `PUT ${repos}/archive`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/archive"),
    lines: [{ action: "archive", details: ["setting archived: true"] }]
  },
  {
    route: `DELETE ${repos}/archive`,
    by: "ada",
    first: archive,
    run: ({ at }) => at("ada", "DELETE", "/archive"),
    lines: [{ action: "unarchive", details: ["setting archived: false"] }]
  },
  {
    route: `POST ${repos}/forks`,
    by: "bob",
    run: ({ at }) => at("bob", "POST", "/forks", {}),
    lines: [{ action: "fork", about: /^bob\/scene-\d+$/, details: [] }]
  },
  {
    route: `POST ${repos}/transfer`,
    by: "ada",
    run: ({ at }) => at("ada", "POST", "/transfer", { owner: "bob" }),
    lines: [{ action: "offer-transfer", details: ['offer to: "bob"'] }]
  },
  {
    route: `DELETE ${repos}/transfer`,
    by: "ada",
    first: offer,
    run: ({ at }) => at("ada", "DELETE", "/transfer"),
    lines: [{ action: "offer-transfer", details: ["offer to: null"] }]
  },
  {
    route: `POST ${repos}/transfer/accept`,
    by: "bob",
    first: offer,
    run: ({ at }) => at("bob", "POST", "/transfer/accept"),
    lines: [{ action: "transfer", details: ['grant of ada: "write"', 'setting owner: "bob"', "offer to: null"] }]
  },
  {
    route: `PATCH ${repos}/branches/:name`,
    by: "ada",
    run: ({ at }) => at("ada", "PATCH", "/branches/side", { name: "other" }),
    lines: [
      {
        action: "rename-branch",
        details: [new RegExp(`^refs/heads/side: ${hex} to none$`), new RegExp(`^refs/heads/other: none to ${hex}$`)]
      }
    ]
  },
  {
    route: `DELETE ${repos}/branches/:name`,
    by: "bob",
    first: grant("write"),
    run: ({ at }) => at("bob", "DELETE", "/branches/side"),
    lines: [{ action: "delete-branch", details: [new RegExp(`^refs/heads/side: ${hex} to none$`)] }]
  },
  {
    route: `POST ${repos}/branches/:name/restore`,
    by: "ada",
    first: ({ at }) => at("ada", "DELETE", "/branches/side"),
    run: ({ at, local }) => at("ada", "POST", "/branches/side/restore", { commitId: local.heads.get("side") ?? "" }),
    lines: [{ action: "restore-branch", details: [new RegExp(`^refs/heads/side: none to ${hex}$`)] }]
  },
  {
    route: `PUT ${repos}/branches/:name/protection`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/branches/main/protection", protection),
    lines: [{ action: "protect-branch", details: [`protection of main: ${JSON.stringify(protection)}`] }]
  },
  {
    route: `DELETE ${repos}/branches/:name/protection`,
    by: "ada",
    first: protect(loose),
    run: ({ at }) => at("ada", "DELETE", "/branches/main/protection"),
    lines: [{ action: "protect-branch", details: ["protection of main: none"] }]
  },
  {
    route: `DELETE ${repos}/tags/:id`,
    by: "ada",
    run: (scene) => Effect.flatMap(tag(scene), (made) => scene.at("ada", "DELETE", `/tags/${field(made, "tagId")}`)),
    lines: [{ action: "delete-tag", details: [new RegExp(`^tag best take at ${hex}: none$`)] }]
  },
  {
    route: `DELETE ${repos}/releases/:tag`,
    by: "ada",
    first: release,
    run: ({ at }) => at("ada", "DELETE", "/releases/v1.0.0"),
    lines: [{ action: "delete-release", details: ["release v1.0.0: none"] }]
  },
  {
    route: "DELETE /:owner/:slug/releases/:tag",
    by: "ada",
    first: release,
    run: ({ target }) => call(target, "DELETE", "releases/v1.0.0"),
    lines: [{ action: "delete-release", details: ["release v1.0.0: none"] }]
  },
  {
    route: `PUT ${repos}/collaborators/:user`,
    by: "ada",
    run: ({ at }) => at("ada", "PUT", "/collaborators/bob", { role: "admin" }),
    lines: [{ action: "change-collaborators", details: ['grant of bob: "admin"'] }]
  },
  {
    route: `DELETE ${repos}/collaborators/:user`,
    by: "ada",
    first: grant("read"),
    run: ({ at }) => at("ada", "DELETE", "/collaborators/bob"),
    lines: [{ action: "change-collaborators", details: ["grant of bob: none"] }]
  },
  {
    route: "POST /api/v1/user/tokens",
    by: "ada",
    run: token,
    lines: [
      {
        action: "create-token",
        about: /^[0-9a-f]{12}$/,
        details: ["of ada", "scope read", "repository any", "expires never"]
      }
    ]
  },
  {
    route: "POST /api/v1/sign-in-links",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/sign-in-links"),
    lines: [{ action: "create-sign-in-link", about: /^[0-9a-f]{12}$/, details: ["of ada", /^expires /] }]
  },
  {
    route: "DELETE /api/v1/sessions/:id",
    by: "ada",
    run: ({ hub, rest }) =>
      Effect.gen(function* () {
        const { code } = yield* Effect.provideContext(createLink(UserName.make("ada"), null), hub.services)
        yield* new Browser(hub.url).signIn(Redacted.value(code))
        const { items } = JSON.parse(new TextDecoder().decode((yield* rest("ada", "GET", "/sessions")).body)) as {
          readonly items: ReadonlyArray<{ readonly id: string }>
        }
        return yield* rest("ada", "DELETE", `/sessions/${items[0]?.id}`)
      }).pipe(Effect.orDie),
    lines: [{ action: "end-session", about: /^[0-9a-f]{12}$/, details: ["of ada"] }]
  },
  {
    route: "DELETE /api/v1/user/tokens/:id",
    by: "ada",
    run: (scene) =>
      Effect.gen(function* () {
        const path = `/user/tokens/${field(yield* token(scene), "id")}`
        const answer = yield* scene.rest("ada", "DELETE", path)
        // Revoking it again changes nothing.
        yield* scene.rest("ada", "DELETE", path)
        return answer
      }),
    lines: [
      {
        action: "revoke-token",
        about: /^[0-9a-f]{12}$/,
        details: ["of ada", "scope read", "repository any", "expires never"]
      }
    ]
  },
  {
    route: "POST /:owner/:slug/push",
    by: "ada",
    run: ({ pushBack }) => pushBack,
    lines: [{ action: "force-push", details: [new RegExp(`^refs/heads/main: ${hex} to ${hex}$`)] }]
  }
]

/** The daily work, which is in the reflog or in the conversation of a proposal. */
const dailyCalls: ReadonlyArray<string> = [
  `POST ${repos}/branches`,
  `POST ${repos}/commits`,
  `POST ${repos}/commits/:id/annotations`,
  `POST ${repos}/tags`,
  `POST ${repos}/releases`,
  `POST ${repos}/proposals`,
  `PATCH ${repos}/proposals/:number`,
  `POST ${repos}/proposals/:number/close`,
  `POST ${repos}/proposals/:number/reopen`,
  `POST ${repos}/proposals/:number/comments`,
  `POST ${repos}/proposals/:number/reviews`,
  `POST ${repos}/proposals/:number/merge`,
  "POST /api/v1/domains",
  "POST /api/v1/repos/:repoId/push",
  "POST /:owner/:slug/push/objects",
  "POST /:owner/:slug/presign",
  "POST /:owner/:slug/tags",
  "POST /:owner/:slug/releases"
]

/** The calls of the wire that change something. */
const wireCalls: ReadonlyArray<string> = [
  "POST /:owner/:slug/push",
  "POST /:owner/:slug/push/objects",
  "POST /:owner/:slug/presign",
  "POST /:owner/:slug/tags",
  "POST /:owner/:slug/releases",
  "DELETE /:owner/:slug/releases/:tag",
  "POST /api/v1/repos/:repoId/push"
]

/** Whether an action of roots is in the audit log. An action without an entry does not compile. */
const actions: { readonly [A in RootAction]: "audited" | "daily" } = {
  create: "audited",
  adopt: "audited",
  push: "daily",
  "force-push": "audited",
  "commit-files": "daily",
  "create-branch": "daily",
  "rename-branch": "audited",
  "delete-branch": "audited",
  "restore-branch": "audited",
  "protect-branch": "audited",
  "merge-proposal": "daily",
  "open-proposal": "daily",
  "close-proposal": "daily",
  "reopen-proposal": "daily",
  "store-tags": "daily",
  "delete-tag": "audited",
  "publish-release": "daily",
  "delete-release": "audited",
  "change-settings": "audited",
  "change-collaborators": "audited",
  fork: "audited",
  rename: "audited",
  "abandon-rename": "audited",
  "offer-transfer": "audited",
  transfer: "audited",
  archive: "audited",
  unarchive: "audited",
  delete: "audited",
  undelete: "audited",
  erase: "audited"
}

/** Refusals by a rule of the repository or of the hub. Those by roles and scopes are in `api/policy.test.ts`. */
interface Refused {
  readonly what: string
  readonly route: string
  readonly by: "ada" | "bob"
  readonly first?: (scene: Scene) => Effect.Effect<unknown>
  readonly run: (scene: Scene) => Effect.Effect<Answer>
  readonly status: number
  readonly about?: string
  readonly reason: RegExp
}

const forwardOnly = /^branch "main" is protected: it only moves forward$/
const onlyProposals = /^branch "main" is protected: it changes only by merging approved proposals$/
const otherDefault = ({ at }: Scene) => ok(at("ada", "PATCH", "", { defaultBranch: "side" }))

const refused: ReadonlyArray<Refused> = [
  {
    what: "a forced push to a protected branch",
    route: "POST /:owner/:slug/push",
    by: "ada",
    first: protect(loose),
    run: ({ pushBack }) => pushBack,
    status: 403,
    reason: forwardOnly
  },
  {
    what: "a push to a branch that needs approvals",
    route: "POST /:owner/:slug/push",
    by: "ada",
    first: protect(protection),
    run: ({ local, target }) => {
      const tip = commitTo(local, "main", { "a.txt": "one" })
      return post(target, "push", pushBody(local, bundleFor(local, tip, local.heads.values()), "main"))
    },
    status: 403,
    reason: onlyProposals
  },
  {
    what: "deleting a protected branch",
    route: `DELETE ${repos}/branches/:name`,
    by: "ada",
    first: (scene) => Effect.andThen(otherDefault(scene), protect(loose)(scene)),
    run: ({ at }) => at("ada", "DELETE", "/branches/main"),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "renaming a protected branch",
    route: `PATCH ${repos}/branches/:name`,
    by: "ada",
    first: protect(loose),
    run: ({ at }) => at("ada", "PATCH", "/branches/main", { name: "other" }),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "restoring a protected branch",
    route: `POST ${repos}/branches/:name/restore`,
    by: "ada",
    first: protect(loose),
    run: ({ at, first }) => at("ada", "POST", "/branches/main/restore", { commitId: first }),
    status: 403,
    reason: forwardOnly
  },
  {
    what: "a commit of files to a branch that needs approvals",
    route: `POST ${repos}/commits`,
    by: "ada",
    first: protect(protection),
    run: ({ at }) =>
      at("ada", "POST", "/commits", {
        branch: "main",
        message: "m",
        changes: [{ op: "put", path: "b.txt", contentBase64: "Yg==" }]
      }),
    status: 403,
    reason: onlyProposals
  },
  {
    what: "a merge without the approvals that protection asks for",
    route: `POST ${repos}/proposals/:number/merge`,
    by: "ada",
    first: (scene) => Effect.andThen(protect(protection)(scene), propose(scene)),
    run: ({ at }) => at("ada", "POST", "/proposals/1/merge", { strategy: "squash" }),
    status: 409,
    reason: /^proposal 1 has 0 of 1 approvals/
  },
  {
    what: "an approval of one's own work",
    route: `POST ${repos}/proposals/:number/reviews`,
    by: "ada",
    first: (scene) => Effect.andThen(protect(protection)(scene), propose(scene)),
    run: ({ at }) => at("ada", "POST", "/proposals/1/reviews", { verdict: "approve", body: "" }),
    status: 403,
    reason: /ada/
  },
  {
    what: "a change of an archived repository",
    route: `POST ${repos}/branches`,
    by: "ada",
    first: archive,
    run: ({ at }) => at("ada", "POST", "/branches", { name: "new", from: "main" }),
    status: 403,
    reason: /is archived/
  },
  {
    what: "a transfer by another administrator than the owner",
    route: `POST ${repos}/transfer`,
    by: "bob",
    first: grant("admin"),
    run: ({ at }) => at("bob", "POST", "/transfer", { owner: "bob" }),
    status: 403,
    reason: /^only its owner can transfer/
  },
  {
    what: "a public fork of a private repository",
    route: `POST ${repos}/forks`,
    by: "bob",
    first: (scene) => Effect.andThen(ok(scene.at("ada", "PATCH", "", { visibility: "private" })), grant("read")(scene)),
    run: ({ at }) => at("bob", "POST", "/forks", { visibility: "public" }),
    status: 403,
    reason: /^a fork of a private repository is private$/
  },
  {
    what: "a push by an older agent without write access",
    route: "POST /api/v1/repos/:repoId/push",
    by: "bob",
    run: ({ rest, target }) =>
      Effect.flatMap(idOf(target), (id) => rest("bob", "POST", `/repos/${id}/push`, { branch: "main" })),
    status: 403,
    about: "its id",
    reason: /^bob has no write access to ada\//
  },
  {
    what: "a repository for another owner",
    route: "POST /api/v1/repos",
    by: "ada",
    run: ({ rest }) => rest("ada", "POST", "/repos", { owner: "bob", name: "brand-new", visibility: "private" }),
    status: 403,
    about: "ada",
    reason: /^ada cannot create repositories of bob$/
  },
  {
    what: "a token made with one that only writes",
    route: "POST /api/v1/user/tokens",
    by: "ada",
    run: ({ rest }) => rest("ada's writer", "POST", "/user/tokens", { scope: "admin" }),
    status: 403,
    about: "ada",
    reason: /^tokens are managed with a token of admin scope/
  }
]

const publicId = (secret: string): string => createHash("sha256").update(secret).digest("hex").slice(0, 12)

const stage = Effect.gen(function* () {
  const { events, hub } = yield* auditedHub()
  const tokens: { readonly [W in Who]: string } = {
    ada: yield* tokenFor(hub, "ada"),
    bob: yield* tokenFor(hub, "bob"),
    "ada's writer": yield* tokenFor(hub, "ada", { scope: "write" })
  }
  const secrets = new Set(Object.values(tokens))
  const rest = (who: Who, method: string, path: string, body?: Sendable) =>
    call(
      { url: hub.url, repository: "api/v1", token: tokens[who] },
      method,
      path.slice(1),
      body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
      { accept: "application/json", contentType: "application/json" }
    )
  let scenes = 0
  const scene = Effect.gen(function* () {
    scenes += 1
    const target = yield* createRepository(hub.url, tokens.ada, `ada/scene-${scenes}`)
    const local = growing()
    const first = commitTo(local, "main", { "a.txt": "a" })
    const second = commitTo(local, "main", { "a.txt": "b" })
    local.heads.set("side", second)
    commitTo(local, "side", { "a.txt": "c" })
    yield* uploadBlobs(target, local, local.blobs.keys())
    for (const [branch, tip] of local.heads) {
      yield* ok(post(target, "push", pushBody(local, bundleFor(local, tip, [second]), branch)))
    }
    const pushBack = Effect.suspend(() =>
      post(target, "push", pushBody(local, bundleFor(local, first, []), "main", true))
    )
    const at: Scene["at"] = (who, method, path, body) => rest(who, method, `/repos/${target.repository}${path}`, body)
    return { at, first, hub, local, pushBack, rest, secrets, target } satisfies Scene
  })

  /** Runs a row, and returns its answer and the lines that it added. The first call of a row may add lines too. */
  const played = Effect.fnUntraced(function* (row: Row | Refused) {
    const begun = yield* scene
    if (row.first !== undefined) yield* row.first(begun)
    const before = events.length
    const answer = yield* row.run(begun)
    const text = new TextDecoder().decode(answer.body)
    return { added: events.slice(before), answer, target: begun.target, text }
  })
  return { events, played, secrets, tokens }
})

const matches = (found: string | null, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? found === wanted : wanted.test(String(found))

const assertOrigin = (event: Recorded | undefined, answer: Answer, secret: string) => {
  assert.strictEqual(event?.requestId, answer.headers["x-request-id"])
  assert.strictEqual(event?.address, "127.0.0.1")
  assert.strictEqual(event?.token, publicId(secret))
}

describe("the audit log has one line", () => {
  it.live(
    "for each call that changes rights or takes history away: who, what, which repository, what became of it",
    () =>
      Effect.gen(function* () {
        const { events, played, secrets, tokens } = yield* stage
        for (const row of done) {
          const { added, answer, target, text } = yield* played(row)
          assert.isBelow(answer.status, 300, `${row.route}: ${text}`)
          // A row may prepare what it changes in the same step; its own lines are the last ones.
          const lines = added.filter(({ action }) => row.lines.some((line) => line.action === action))
          assert.deepStrictEqual(
            lines.map(({ action, by, outcome }) => ({ action, by, outcome })),
            row.lines.map(({ action }) => ({ action, by: row.by, outcome: "done" as const })),
            row.route
          )
          for (const [place, line] of row.lines.entries()) {
            const found = lines[place]
            const shown = `${row.route}: ${JSON.stringify(found)}`
            assert.isTrue(matches(found?.about ?? null, line.about ?? target.repository), shown)
            assert.strictEqual(found?.details.length, line.details.length, shown)
            for (const [number, detail] of line.details.entries()) {
              assert.isTrue(matches(found?.details[number] ?? null, detail), shown)
            }
          }
          assertOrigin(lines.at(-1), answer, tokens[row.by])
        }
        for (const secret of secrets) assert.notInclude(JSON.stringify(events), secret)
      }).pipe(Effect.scoped)
  )

  it.live("for each request that is refused by protection or another rule, and the client gets the same reason", () =>
    Effect.gen(function* () {
      const { events, played, secrets, tokens } = yield* stage
      for (const row of refused) {
        const { added, answer, target, text } = yield* played(row)
        assert.strictEqual(answer.status, row.status, `${row.what}: ${text}`)
        assert.deepStrictEqual(
          added.map(({ action, by, outcome }) => ({ action, by, outcome })),
          [{ action: row.route, by: row.by, outcome: "refused" }],
          row.what
        )
        const about = row.about === "its id" ? yield* idOf(target) : (row.about ?? target.repository)
        assert.strictEqual(added[0]?.about, about, row.what)
        assert.strictEqual(added[0]?.details.length, 1, row.what)
        assert.match(String(added[0]?.details[0]), row.reason, row.what)
        const writes = row.what === "a token made with one that only writes"
        assertOrigin(added[0], answer, tokens[writes ? "ada's writer" : row.by])
      }
      for (const secret of secrets) assert.notInclude(JSON.stringify(events), secret)
    }).pipe(Effect.scoped)
  )
})

describe("the table of audited events", () => {
  it("has a row for every call that changes something, or names it as daily work", () => {
    const calls = accessOf().flatMap(({ method, path }) => (method === "GET" ? [] : [`${method} ${path}`]))
    assert.sameMembers(
      [...new Set([...done.map(({ route }) => route), ...dailyCalls])],
      [...new Set([...calls, ...wireCalls])]
    )
  })

  it("has a row for every action of roots that is in the audit log", () => {
    const expected = new Set(done.flatMap(({ lines }) => lines.map(({ action }) => action)))
    const audited = Object.entries(actions).flatMap(([action, where]) => (where === "audited" ? [action] : []))
    // The first root of a repository is recorded when its name is claimed. An adoption is in legacy/adopt, and
    // operators alone delete repositories: domain/repository/deletion.test.ts.
    for (const action of ["adopt", "delete", "undelete", "erase"]) expected.add(action)
    assert.deepStrictEqual(
      audited.filter((action) => !expected.has(action === "create" ? "create-repository" : action)),
      []
    )
  })
})
