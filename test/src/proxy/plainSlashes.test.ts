/**
 * Names of branches, paths of files and tags in a URL, with their slashes plain, as a proxy leaves them that decodes
 * `%2F`: every route that has such a parameter answers as it does to the encoded form.
 */
import { assert } from "@effect/vitest"
import { accessOf } from "@musehub/http/api/Api"
import { Effect } from "effect"
import { assertProblem } from "../e2e/hub/assertProblem.ts"
import { type Answer, send } from "../e2e/hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../e2e/hub/Stage.ts"
import { call, type Target } from "../e2e/muse/MuseClient.ts"
import { forSeeds, type Seeded } from "../support/seeded.ts"

/** The parameters that never contain a slash. */
const withoutSlash: ReadonlySet<string> = new Set(["owner", "slug", "id", "number", "user", "author", "kind", "handle"])

/** Every route of the contract and of the wire, with the parameter that may contain slashes. */
const routes = [...accessOf(), { method: "DELETE", path: "/:owner/:slug/releases/:tag" }].flatMap(({ method, path }) =>
  [...path.matchAll(/:(\w+)/g)]
    .filter(([, name = ""]) => !withoutSlash.has(name) && !path.includes("/users/"))
    .map(([parameter]) => ({ method, path, parameter }))
)

/** As nginx passes a decoded path on: only what ends a path, and what is no visible ASCII, is escaped again. */
const decodedByProxy = (name: string): string => encodeURI(name).replaceAll(/[?#]/g, encodeURIComponent)

const forms: ReadonlyArray<(name: string) => string> = [
  encodeURIComponent,
  (name) => encodeURIComponent(name).replaceAll("%2F", "/"),
  decodedByProxy
]

const nameOf = (random: Seeded): string =>
  Array.from({ length: 2 + random.below(3) }, () =>
    Array.from({ length: 1 + random.below(4) }, () => random.pick([..."aZ09 ;?#%&=+,:@!$'()~ü音"])).join("")
  ).join("/")

const textOf = ({ body }: Answer): string => new TextDecoder().decode(body)

/** Hides what differs between two repositories with the same history. */
const masked = (answer: Answer): string =>
  `${answer.status} ${textOf(answer)}`
    .replaceAll(/[0-9a-f]{64}/g, "…")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, "…")
    .replaceAll(/"sequence":\d+/g, "…")

const restOf = ({ repository, ...target }: Target): Target => ({ ...target, repository: `api/v1/repos/${repository}` })

const json = { accept: "application/json", contentType: "application/json" }

const post = (target: Target, method: string, path: string, value: object) =>
  call(target, method, path, new TextEncoder().encode(JSON.stringify(value)), json)

/** Makes a repository with a file and a branch of this name. Returns the commit of the file. */
const furnished = Effect.fnUntraced(function* (name: string) {
  const { repository } = yield* Stage
  const target = yield* repository({ initialize: true })
  const change = { op: "put", path: name, contentBase64: Buffer.from(name).toString("base64") }
  const committed = yield* post(restOf(target), "POST", "commits", { branch: "main", message: "a", changes: [change] })
  assert.strictEqual(committed.status, 201, textOf(committed))
  const branched = yield* post(restOf(target), "POST", "branches", { name, from: "main" })
  assert.strictEqual(branched.status, 201, textOf(branched))
  const { commitId } = JSON.parse(textOf(committed)) as { readonly commitId: string }
  return { target, commitId }
})

const protection = { approvals: 1, selfApproval: true }

const bodyOf = (method: string, path: string, commitId: string): object | undefined => {
  if (path.endsWith("/restore")) return { commitId }
  if (path.endsWith("/protection")) {
    return method === "PUT" ? protection : undefined
  }
  return method === "PATCH" ? { name: "renamed" } : undefined
}

describeOnMemoryStage("names with plain slashes in a URL", (it) => {
  it.effect("are answered as the encoded ones on every route that has a branch or a tag", () =>
    forSeeds(3, (random) =>
      Effect.gen(function* () {
        assert.isAtLeast(routes.length, 10)
        const name = nameOf(random)
        for (const { method, path, parameter } of routes) {
          const answers: Array<string> = []
          for (const form of forms) {
            const { target, commitId } = yield* furnished(name)
            const [owner = "", slug = ""] = target.repository.split("/")
            const filled = path
              .replace(parameter, () => form(name))
              .replace(":owner", owner)
              .replace(":slug", slug)
              .replace(":id", commitId)
            const body = bodyOf(method, path, commitId)
            const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
            const whole = { ...target, repository: filled.split("/").slice(1, 3).join("/") }
            const rest = filled.split("/").slice(3).join("/")
            const answer = yield* call(whole, method, rest, bytes, json)
            // No tag can have a slash, so a route that has one says so of the whole name.
            if (parameter === ":tag") assert.include(textOf(answer), JSON.stringify(name).slice(1, -1), rest)
            else assert.isBelow(answer.status, 300, `${method} ${filled}: ${textOf(answer)}`)
            answers.push(masked(answer).replaceAll(slug, "…"))
          }
          assert.lengthOf(new Set(answers), 1, `${method} ${path} with ${name}: ${answers.join(" | ")}`)
        }
      })
    )
  )

  it.effect("are taken for the longer route only where the method has it", () =>
    Effect.gen(function* () {
      const { target } = yield* furnished("a/protection")
      const rest = restOf(target)
      assert.strictEqual((yield* call(rest, "GET", "branches/a/protection", undefined, json)).status, 200)
      assert.strictEqual((yield* call(rest, "HEAD", "branches/a/protection", undefined, json)).status, 200)
      assert.strictEqual((yield* call(rest, "GET", "branches/a/protection/", undefined, json)).status, 200)
      // The method has a route for the protection of `a`, so the branch needs its slash encoded.
      assert.strictEqual((yield* call(rest, "DELETE", "branches/a/protection", undefined, json)).status, 204)
      assert.strictEqual((yield* call(rest, "GET", "branches/a%2Fprotection", undefined, json)).status, 200)
      assert.strictEqual((yield* call(rest, "DELETE", "branches/a%2Fprotection", undefined, json)).status, 204)
      assert.strictEqual((yield* call(rest, "GET", "branches/a%2Fprotection", undefined, json)).status, 404)
    })
  )

  it.effect("do not reach past the hub's routes", () =>
    Effect.gen(function* () {
      const { hub, ada } = yield* Stage
      const { target } = yield* furnished("a/b")
      for (const path of ["branches/../../../user", "branches/a/../b", "branches/%2E%2E/a"]) {
        const answer = yield* Effect.orDie(
          send({
            method: "GET",
            url: hub.url,
            path: `/api/v1/repos/${target.repository}/${path}`,
            headers: [
              ["Host", new URL(hub.url).host],
              ["Authorization", `Bearer ${ada}`]
            ]
          })
        )
        assertProblem(answer, 404, /branch|no repository/, path)
      }
    })
  )
})
