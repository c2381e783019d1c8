/**
 * The contract of the REST API as the hub publishes it: a valid OpenAPI document that states what each call requires of
 * its caller, pages that load nothing from other hosts, and exactly the contract's routes.
 */
import { assert } from "@effect/vitest"
import { accessOf } from "@musehub/http/api/Api"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Effect } from "effect"
import { type Answer, send } from "../hub/Http.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const get = (url: string): Effect.Effect<Answer> =>
  Effect.orDie(send({ method: "GET", url, headers: [["Host", new URL(url).host]] }))

const textOf = ({ body }: Answer): string => new TextDecoder("utf-8", { fatal: true }).decode(body)

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly responses: {
    readonly [status: string]: {
      readonly content?: { readonly [mediaType: string]: { readonly schema: SchemaOrReference } }
    }
  }
  readonly security: ReadonlyArray<object>
  readonly "x-access": string
}

type SchemaOrReference = { readonly $ref: string } | { readonly anyOf: ReadonlyArray<SchemaOrReference> }

interface Schema {
  readonly properties: { readonly [member: string]: { readonly enum?: ReadonlyArray<unknown> } }
  readonly required: ReadonlyArray<string>
}

interface Document {
  readonly openapi: string
  readonly components: { readonly schemas: { readonly [name: string]: Schema } }
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
}

/** The pages' own words; the script that is inlined there mentions many hosts that it never contacts. */
const ownMarkup = (page: string): string =>
  page.replaceAll(/<style\b[^]*?<\/style>/g, "").replaceAll(/<script\b([^>]*)>[^]*?<\/script>/g, "<script$1></script>")

describeOnMemoryStage("the contract of the REST API", (it) => {
  const documentOf = Effect.gen(function* () {
    const { hub } = yield* Stage
    const answer = yield* get(`${hub.url}/openapi.json`)
    assert.strictEqual(answer.status, 200)
    assert.strictEqual(answer.headers["content-type"], "application/json")
    return JSON.parse(textOf(answer)) as Document
  })

  it.effect("is a valid OpenAPI document", () =>
    Effect.gen(function* () {
      const document = yield* documentOf
      const { valid, errors } = yield* Effect.promise(() => new Validator().validate({ ...document }))
      assert.isTrue(valid, JSON.stringify(errors))
      assert.strictEqual(document.openapi, "3.1.0")
    })
  )

  it.effect("states what every call does and what it requires of its caller", () =>
    Effect.gen(function* () {
      const document = yield* documentOf
      const declared = accessOf()
      assert.isAbove(declared.length, 40)
      const documented = Object.values(document.paths).flatMap((path) => Object.values(path))
      assert.strictEqual(documented.length, declared.length)
      for (const { access, group, method, name, path } of declared) {
        const template = path.replaceAll(/:(\w+)/g, "{$1}")
        const operation = document.paths[template]?.[method.toLowerCase()]
        const what = `${method} ${path}`
        assert.deepInclude(operation, { operationId: `${group}.${name}`, "x-access": access }, what)
        assert.isNotEmpty(operation?.summary, what)
        const isFree = access === "read" || access === "anyone"
        assert.deepStrictEqual(operation?.security, isFree ? [{}, { bearer: [] }] : [{ bearer: [] }], what)
        const ofRepository = path.includes("/:owner/:slug")
        for (const status of ["400", "401", "500", "503", ...(ofRepository ? ["403", "404"] : [])]) {
          assert.property(operation?.responses, status, what)
        }
        const inPath = operation?.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name)
        assert.sameMembers(
          inPath ?? [],
          [...template.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter ?? ""),
          what
        )
      }
    })
  )

  it.effect("names the calls that may be repeated under a key, without the one that creates secrets", () =>
    Effect.gen(function* () {
      const document = yield* documentOf
      const repeatable = Object.values(document.paths)
        .flatMap((path) => Object.values(path))
        .filter(({ parameters }) => parameters.some(({ name }) => name === "Idempotency-Key"))
      assert.sameMembers(
        repeatable.map(({ operationId }) => operationId),
        [
          "repositories.create",
          "repositories.fork",
          "repositories.offer",
          "branches.create",
          "commits.create",
          "tags.create",
          "releases.create",
          "proposals.open",
          "proposals.comment",
          "proposals.review",
          "proposals.merge"
        ]
      )
    })
  )

  it.effect("is shown by pages that load nothing from other hosts", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const answer = yield* get(`${hub.url}/docs`)
      assert.strictEqual(answer.status, 200)
      assert.match(answer.headers["content-type"] ?? "", /^text\/html/)
      const page = textOf(answer)
      assert.include(page, "SwaggerUIBundle")
      assert.include(page, '"operationId":"proposals.merge"')
      assert.notMatch(ownMarkup(page), /\b(?:src|href|action)\s*=|@import|\burl\s*\(/i)
      assert.notMatch(page.match(/<style\b[^]*?<\/style>/)?.[0] ?? "", /@import|url\(\s*["']?(?:https?:)?\/\//i)
      // Whatever the script does, the browser is told to contact no other host.
      const policy = String(answer.headers["content-security-policy"]).split("; ")
      assert.include(policy, "default-src 'none'")
      for (const directive of policy) assert.notMatch(directive, /:\/\/|\*|\bhttps?:/, directive)
      const connecting = policy.filter((directive) => directive.startsWith("connect-src"))
      assert.deepStrictEqual(connecting, ["connect-src 'self'"])
    })
  )

  it.effect("names for every call the problems that it can answer, each with its status, type and details", () =>
    Effect.gen(function* () {
      const document = yield* documentOf
      const { schemas } = document.components
      const problemsIn = (schema: SchemaOrReference): ReadonlyArray<Schema> => {
        if ("anyOf" in schema) return schema.anyOf.flatMap(problemsIn)
        const found = schemas[schema.$ref.replace("#/components/schemas/", "")]
        assert.isDefined(found, schema.$ref)
        return [found]
      }
      const named = (call: string, status: string) => {
        const [path = "", method = ""] = call.split(" ").toReversed()
        const content = document.paths[path]?.[method.toLowerCase()]?.responses[status]?.content
        const schema = content?.["application/problem+json"]?.schema
        return schema === undefined ? [] : problemsIn(schema)
      }
      for (const [path, operations] of Object.entries(document.paths)) {
        for (const [method, { responses }] of Object.entries(operations)) {
          for (const [status, { content }] of Object.entries(responses)) {
            if (Number(status) < 400) continue
            const what = `${method} ${path} ${status}`
            assert.deepStrictEqual(Object.keys(content ?? {}), ["application/problem+json"], what)
            for (const { properties, required } of named(`${method} ${path}`, status)) {
              assert.deepStrictEqual(properties["status"]?.enum, [Number(status)], what)
              assert.match(properties["type"]?.enum?.join() ?? "", /^urn:musehub:problem:[a-z-]+$/, what)
              assert.includeMembers([...required], ["detail", "status", "type"], what)
            }
          }
        }
      }
      const typesOf = (found: ReadonlyArray<Schema>) =>
        found.flatMap(({ properties }) => properties["type"]?.enum ?? [])
      const branch = "/api/v1/repos/{owner}/{slug}/branches/{name}"
      assert.sameMembers(typesOf(named(`GET ${branch}`, "404")), [
        "urn:musehub:problem:branch-unknown",
        "urn:musehub:problem:repository-unknown"
      ])
      const moved = named(`DELETE ${branch}`, "409").find(({ properties }) => "expected" in properties)
      assert.deepStrictEqual(Object.keys(moved?.properties ?? {}), [
        "detail",
        "status",
        "type",
        "branch",
        "expected",
        "actual"
      ])
    })
  )

  it.effect("answers every other route with 404 or 405 in JSON", () =>
    Effect.gen(function* () {
      const { ada, hub } = yield* Stage
      const headers = [["Authorization", `Bearer ${ada}`]] as const
      for (const [method, path, status] of [
        ["GET", "/api/v1", 404],
        ["GET", "/api/v1/nothing", 404],
        ["PUT", "/api/v1/repos", 405],
        ["DELETE", "/api/v1/repos/ada/songs", 405],
        ["GET", "/api/v1/repos/ada/songs/%E0%A4%A", 404],
        ["POST", "/api/v1/repos/ada/songs/branches/a/b", 405],
        ["POST", "/api/v1/repos/ada/songs/tags/a/b", 404]
      ] as const) {
        const url = `${hub.url}/`
        const answer = yield* Effect.orDie(
          send({ method, url, path, headers: [["Host", new URL(url).host], ...headers] })
        )
        assert.strictEqual(answer.status, status, path)
        assert.strictEqual(answer.headers["content-type"], "application/problem+json", path)
        assert.include(textOf(answer), "urn:musehub:problem:", path)
      }
    })
  )
})
