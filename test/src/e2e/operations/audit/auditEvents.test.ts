/**
 * What the audit log says of each call that changes rights or history, and of each refusal: who, what, which
 * repository, and with what outcome. A call or an action of roots that is in no table fails a test.
 */
import { assert, describe, it } from "@effect/vitest"
import type { RootAction } from "@musehub/domain/repository/Root"
import { accessOf } from "@musehub/http/api/Api"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import type { Recorded } from "../../hub/auditedHub.ts"
import type { Answer } from "../../hub/Http.ts"
import { done } from "./changes.ts"
import { refused } from "./refusals.ts"
import { idOf, repos } from "./Scene.ts"
import { stage } from "./stage.ts"

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

const publicId = (secret: string): string => createHash("sha256").update(secret).digest("hex").slice(0, 12)

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
