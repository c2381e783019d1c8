/** The audit log: who did what, who was refused, and no secret in any output. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { auditedHub } from "../hub/auditedHub.ts"
import { send } from "../hub/Http.ts"
import { tokenFor } from "../hub/Hub.ts"
import { commitTo, copyOf } from "../muse/history.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { createRepository } from "../muse/MuseClient.ts"

const audited = Effect.gen(function* () {
  const output: Array<string> = []
  const { events, hub } = yield* auditedHub([
    Logger.map(Logger.formatJson, (line) => void output.push(line)),
    Logger.map(Logger.formatLogFmt, (line) => void output.push(line))
  ])
  const ada = yield* tokenFor(hub, "ada")
  const bob = yield* tokenFor(hub, "bob")
  const rest = (token: string, method: string, path: string, body?: unknown) =>
    send({
      method,
      url: hub.url,
      path: `/api/v1${path}`,
      headers: [
        ["Host", "hub"],
        ["Authorization", `Bearer ${token}`],
        ["Content-Type", "application/json"],
        ...(body === undefined ? [] : ([["Content-Length", String(JSON.stringify(body).length)]] as const))
      ],
      body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
    })
  const last = () => events.at(-1)
  return { ada, bob, events, hub, last, output, rest }
})

describe("the audit log", () => {
  it.live(
    "has what was done to tokens, grants, protection, branches and the repository: by whom, with what, from where",
    () =>
      Effect.gen(function* () {
        const { ada, events, hub, last, rest } = yield* audited
        const target = yield* createRepository(hub.url, ada, "ada/songs")
        assert.deepInclude(last(), { action: "create-repository", outcome: "done", by: "ada", about: "ada/songs" })
        const local = copyOf(goldenRepository("linear"))
        yield* pushAll(target, local)
        commitTo(local, "main", { "a.txt": "a" })
        const before = events.length
        yield* pushAll(target, local)
        assert.strictEqual(events.length, before, "the daily work is in the reflog")

        const granted = yield* rest(ada, "PUT", "/repos/ada/songs/collaborators/bob", { role: "write" })
        assert.isBelow(granted.status, 300)
        const event = last()
        assert.deepInclude(event, { action: "change-collaborators", outcome: "done", by: "ada", about: "ada/songs" })
        assert.deepStrictEqual(event?.details, ['grant of bob: "write"'])
        assert.strictEqual(event?.requestId, granted.headers["x-request-id"])
        assert.strictEqual(event?.address, "127.0.0.1")
        const me = JSON.parse(new TextDecoder().decode((yield* rest(ada, "GET", "/user/tokens")).body)) as {
          readonly items: ReadonlyArray<{ readonly id: string }>
        }
        assert.strictEqual(event?.token, me.items[0]?.id)

        assert.isBelow(
          (yield* rest(ada, "PUT", "/repos/ada/songs/branches/main/protection", { approvals: 1, selfApproval: true }))
            .status,
          300
        )
        assert.deepInclude(last(), { action: "protect-branch", by: "ada" })
        assert.match(String(last()?.details), /^protection of main: \{/)

        assert.isBelow((yield* rest(ada, "PATCH", "/repos/ada/songs", { visibility: "private" })).status, 300)
        assert.deepInclude(last(), { action: "change-settings", details: ['setting visibility: "private"'] })

        const made = yield* rest(ada, "POST", "/user/tokens", { scope: "read" })
        assert.strictEqual(made.status, 201)
        const { id } = JSON.parse(new TextDecoder().decode(made.body)) as { readonly id: string }
        assert.deepInclude(last(), { action: "create-token", by: "ada", about: id })
        yield* rest(ada, "DELETE", `/user/tokens/${id}`)
        assert.deepInclude(last(), { action: "revoke-token", by: "ada", about: id })
      }).pipe(Effect.scoped)
  )

  it.live("has who was refused, and why", () =>
    Effect.gen(function* () {
      const { ada, bob, hub, last, rest } = yield* audited
      yield* createRepository(hub.url, ada, "ada/songs")
      assert.strictEqual((yield* rest(bob, "PATCH", "/repos/ada/songs", { description: "mine" })).status, 403)
      assert.deepInclude(last(), {
        action: "PATCH /api/v1/repos/:owner/:slug",
        outcome: "refused",
        by: "bob",
        about: "ada/songs"
      })
      assert.match(String(last()?.details), /bob has no admin access/)
      assert.strictEqual((yield* rest("muse_wrong", "GET", "/user")).status, 401)
      assert.deepInclude(last(), { action: "authenticate", outcome: "refused", by: null })
    }).pipe(Effect.scoped)
  )

  it.live("no secret reaches the audit log or the log, whichever door it comes in by", () =>
    Effect.gen(function* () {
      const { ada, events, hub, output, rest } = yield* audited
      const secret = "muse_SECRET-that-must-not-be-logged"
      const requests: ReadonlyArray<readonly [string, string, ReadonlyArray<readonly [string, string]>]> = [
        ["GET", "/ada/songs/refs", [["Authorization", `Bearer ${secret}`]]],
        ["GET", "/ada/songs/refs", [["Authorization", `Basic ${secret}`]]],
        ["GET", "/ada/songs/refs", [["Cookie", secret]]],
        ["GET", `/api/v1/repos?token=${secret}`, []],
        ["GET", `/${secret}`, []],
        ["GET", `/${secret}/${secret}/refs`, []],
        ["GET", "/health", [["X-Request-Id", secret]]],
        ["POST", `/ada/songs/push?access_token=${secret}`, [["Authorization", `Bearer ${secret}`]]],
        ["DELETE", `/api/v1/user/tokens/${secret}`, [["Authorization", `Bearer ${ada}`]]]
      ]
      for (const [method, path, headers] of requests) {
        yield* send({ method, url: hub.url, path, headers: [["Host", "hub"], ...headers] })
      }
      const made = yield* rest(ada, "POST", "/user/tokens", { scope: "read" })
      const { secret: fresh } = JSON.parse(new TextDecoder().decode(made.body)) as { readonly secret: string }
      assert.isAbove(output.length, 0)
      const everything = output.join("\n") + JSON.stringify(events)
      for (const forbidden of [secret, ada, fresh]) assert.notInclude(everything, forbidden)
      const metrics = yield* send({ method: "GET", url: hub.url, path: "/metrics", headers: [["Host", "hub"]] })
      assert.notInclude(new TextDecoder().decode(metrics.body), "SECRET")
    }).pipe(Effect.scoped)
  )
})
