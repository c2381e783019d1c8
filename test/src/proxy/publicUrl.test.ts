/**
 * The URLs that the hub gives out: decided by its public URL, else by the headers of trusted proxies, else by the
 * address that it listens on, and never by what a client sends.
 */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { arriving } from "@musehub/http/proxy/arriving"
import { clientAddress, direct, forwarded, type ProxyOptions } from "@musehub/http/proxy/Proxies"
import { Effect, Layer, Option } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { IpNetwork } from "effect/net"
import { type Answer, type HeaderList, send } from "../e2e/hub/Http.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"

const loopback = [IpNetwork.fromStringUnsafe("127.0.0.0/8")]

/** Headers by which a client could try to choose the URLs in its answers. */
const lies: HeaderList = [
  ["X-Forwarded-Host", "evil.example"],
  ["X-Forwarded-Proto", "https"],
  ["X-Forwarded-Prefix", "/evil"],
  ["X-Forwarded-For", "203.0.113.9"],
  ["Forwarded", "host=evil.example;proto=https"]
]

const textOf = ({ body }: Answer): string => new TextDecoder().decode(body)

const hubWith = Effect.fnUntraced(function* (proxies: ProxyOptions) {
  const storage = Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)
  const hub = yield* startHub(yield* Layer.build(Layer.fresh(storage)), [], { proxies })
  const token = yield* tokenFor(hub, "ada")
  const ask = (method: string, path: string, headers: HeaderList = [], value?: object) => {
    const body = value === undefined ? undefined : new TextEncoder().encode(JSON.stringify(value))
    const host = headers.some(([name]) => name === "Host") ? [] : [["Host", new URL(hub.url).host] as const]
    return Effect.orDie(
      send({
        method,
        url: hub.url,
        path,
        headers: [
          ...host,
          ["Authorization", `Bearer ${token}`],
          ["Accept", "application/json"],
          ...(body === undefined ? [] : ([["Content-Type", "application/json"]] as const)),
          ...(body === undefined ? [] : ([["Content-Length", String(body.byteLength)]] as const)),
          ...headers
        ],
        body
      })
    )
  }
  const json = (method: string, path: string, headers: HeaderList = [], value?: object) =>
    Effect.map(ask(method, path, headers, value), (answer) => {
      assert.isBelow(answer.status, 300, textOf(answer))
      return JSON.parse(textOf(answer)) as { readonly [member: string]: unknown }
    })
  return { ask, json, url: hub.url }
})

type TestHub = Effect.Success<ReturnType<typeof hubWith>>

/** Returns every URL that the hub gives out, in answer to requests with these headers. */
const urlsGiven = Effect.fnUntraced(function* ({ ask, json }: TestHub, headers: HeaderList) {
  const created = yield* json("POST", "/api/v1/repos", headers, { owner: "ada", name: "songs" })
  const shown = yield* json("GET", "/api/v1/repos/ada/songs", headers)
  const changed = yield* json("PATCH", "/api/v1/repos/ada/songs", headers, { description: "all of them" })
  yield* json("POST", "/api/v1/repos", headers, { owner: "ada", name: "tunes" })
  const listed = yield* ask("GET", "/api/v1/repos?limit=1", headers)
  const { items } = JSON.parse(textOf(listed)) as { readonly items: ReadonlyArray<{ readonly cloneUrl: string }> }
  yield* json("PATCH", "/api/v1/repos/ada/tunes", headers, { name: "airs" })
  const redirected = yield* ask("GET", "/api/v1/repos/ada/tunes/branches", headers)
  const movedOnWire = textOf(yield* ask("GET", "/ada/tunes/refs", headers))
  const { servers } = yield* json("GET", "/openapi.json", headers)
  const page = textOf(yield* ask("GET", "/docs", headers))
  return {
    cloneUrls: [...new Set([created["cloneUrl"], shown["cloneUrl"], changed["cloneUrl"], items[0]?.cloneUrl])],
    next: String(listed.headers["link"]).replace(/cursor=[\w-]+/, "cursor=…"),
    location: redirected.headers.location,
    newUrl: /https?:[^ "]*/.exec(movedOnWire)?.[0],
    servers,
    pageServers: /"servers":(\[[^\]]*\])/.exec(page)?.[1]
  }
})

describe("the URLs that the hub gives out", () => {
  it.live("name the address that it listens on, whatever Host and X-Forwarded headers a client sends", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith(direct)
      assert.deepStrictEqual(yield* urlsGiven(hub, [["Host", "evil.example"], ...lies]), {
        cloneUrls: [`${hub.url}/ada/songs`],
        next: '</api/v1/repos?limit=1&cursor=…>; rel="next"',
        location: "/api/v1/repos/ada/airs/branches",
        newUrl: `${hub.url}/ada/airs`,
        servers: [{ url: "." }],
        pageServers: '[{"url":"."}]'
      })
    })
  )

  it.live("begin with MUSEHUB_PUBLIC_URL where it is set, whatever a client or a trusted proxy says", () =>
    Effect.gen(function* () {
      for (const publicUrl of ["https://example.org", "https://example.org/hub", "http://hub.example:8080/a/b"]) {
        const hub = yield* hubWith({ publicUrl, trustedProxies: loopback })
        assert.deepStrictEqual(yield* urlsGiven(hub, [["Host", "evil.example"], ...lies]), {
          cloneUrls: [`${publicUrl}/ada/songs`],
          next: `<${publicUrl}/api/v1/repos?limit=1&cursor=…>; rel="next"`,
          location: `${publicUrl}/api/v1/repos/ada/airs/branches`,
          newUrl: `${publicUrl}/ada/airs`,
          servers: [{ url: publicUrl }],
          pageServers: '[{"url":"."}]'
        })
      }
    })
  )

  it.live("are those that a trusted proxy names, where none is set", () =>
    Effect.gen(function* () {
      const options: ProxyOptions = { publicUrl: undefined, trustedProxies: loopback }
      for (const [headers, expected] of [
        [
          [
            ["X-Forwarded-Host", "example.org"],
            ["X-Forwarded-Proto", "https"]
          ],
          "https://example.org"
        ],
        [
          [
            ["Host", "example.org:8443"],
            ["X-Forwarded-Proto", "https"]
          ],
          "https://example.org:8443"
        ],
        [
          [
            ["X-Forwarded-Host", "spoofed.example, example.org"],
            ["X-Forwarded-Prefix", "/hub/"]
          ],
          "http://example.org/hub"
        ],
        // What is no host or path is not repeated.
        [
          [
            ["Host", "example.org"],
            ["X-Forwarded-Prefix", '/../a b"/']
          ],
          "http://example.org"
        ]
      ] as ReadonlyArray<readonly [HeaderList, string]>) {
        const hub = yield* hubWith(options)
        const { cloneUrls, next, servers } = yield* urlsGiven(hub, headers)
        assert.deepStrictEqual(cloneUrls, [`${expected}/ada/songs`])
        assert.strictEqual(next, `<${expected}/api/v1/repos?limit=1&cursor=…>; rel="next"`)
        assert.deepStrictEqual(servers, [{ url: expected }])
      }
      const hub = yield* hubWith(options)
      const { cloneUrls } = yield* urlsGiven(hub, [["X-Forwarded-Host", "evil.example/path?query"]])
      assert.deepStrictEqual(cloneUrls, [`${hub.url}/ada/songs`])
    })
  )

  it.live("are not those of a proxy that is not trusted", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith({
        publicUrl: undefined,
        trustedProxies: [IpNetwork.fromStringUnsafe("10.0.0.0/8"), IpNetwork.fromStringUnsafe("::/0")]
      })
      const { cloneUrls } = yield* urlsGiven(hub, lies)
      assert.deepStrictEqual(cloneUrls, [`${hub.url}/ada/songs`])
    })
  )
})

describe("a base path", () => {
  it.live("is served whether or not the proxy removes it", () =>
    Effect.gen(function* () {
      const { ask, json } = yield* hubWith({ publicUrl: "https://example.org/hub", trustedProxies: [] })
      yield* json("POST", "/hub/api/v1/repos", [], { owner: "ada", name: "songs" })
      for (const path of [
        "/health",
        "/ada/songs/refs",
        "/api/v1/repos",
        "/api/v1/repos?owner=ada",
        "/openapi.json",
        "/docs"
      ]) {
        const [plain, based] = [yield* ask("GET", path), yield* ask("GET", `/hub${path}`)]
        assert.strictEqual(plain.status, 200, path)
        assert.deepStrictEqual([based.status, textOf(based)], [plain.status, textOf(plain)], path)
      }
      for (const path of ["/hubris/songs/refs", "/hub/hub/ada/songs/refs", "/Hub/ada/songs/refs", "/hub"]) {
        assert.strictEqual((yield* ask("GET", path)).status, 404, path)
      }
    })
  )

  it.live("is not removed twice where the owner is called like it and the proxy says what it removed", () =>
    Effect.gen(function* () {
      const { ask, json } = yield* hubWith({ publicUrl: "https://example.org/ada", trustedProxies: loopback })
      yield* json("POST", "/ada/api/v1/repos", [], { owner: "ada", name: "ada" })
      assert.strictEqual((yield* ask("GET", "/ada/ada/ada/refs")).status, 200)
      assert.strictEqual((yield* ask("GET", "/ada/ada/refs", [["X-Forwarded-Prefix", "/ada"]])).status, 200)
      assert.strictEqual((yield* ask("GET", "/ada/ada/refs")).status, 404)
    })
  )
})

describe("the client's address", () => {
  const addressOf = (peer: string, forwardedFor: string | undefined, networks: ReadonlyArray<string>) => {
    const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }
    const request = HttpServerRequest.fromWeb(new Request("http://hub.example/", { headers }))
    let found = ""
    const seen = Effect.map(clientAddress, (address) => {
      found = address
      return HttpServerResponse.empty()
    })
    return arriving({ publicUrl: undefined, trustedProxies: networks.map(IpNetwork.fromStringUnsafe) })(seen).pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, request.modify({ remoteAddress: Option.some(peer) })),
      Effect.map(() => found)
    )
  }

  it.effect("is the nearest one that belongs to no trusted proxy", () =>
    Effect.gen(function* () {
      const inner = ["10.0.0.0/8", "fd00::/8"]
      for (const [peer, forwardedFor, expected] of [
        ["203.0.113.9", undefined, "203.0.113.9"],
        ["203.0.113.9", "198.51.100.7", "203.0.113.9"],
        ["10.0.0.1", "198.51.100.7", "198.51.100.7"],
        ["::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"],
        ["fd00::1", "2001:db8::7", "2001:db8::7"],
        // What the client wrote stands to the left of what proxies added.
        ["10.0.0.1", "127.0.0.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"],
        ["10.0.0.1", "not an address, 198.51.100.7", "198.51.100.7"],
        ["10.0.0.1", "198.51.100.7, not an address", "10.0.0.1"],
        ["10.0.0.1", undefined, "10.0.0.1"],
        ["::ffff:203.0.113.9", undefined, "203.0.113.9"]
      ] as const) {
        assert.strictEqual(yield* addressOf(peer, forwardedFor, inner), expected, `${peer}: ${forwardedFor}`)
      }
    })
  )
})

describe("the prefix that a proxy names", () => {
  const prefixOf = (header: string) => {
    const request = HttpServerRequest.fromWeb(
      new Request("http://hub.example/", { headers: { host: "hub.example", "x-forwarded-prefix": header } })
    ).modify({ remoteAddress: Option.some("10.0.0.1") })
    const trustedProxies = [IpNetwork.fromStringUnsafe("10.0.0.0/8")]
    return forwarded({ publicUrl: undefined, trustedProxies }, request)?.prefix
  }

  it("has no slash at its end, and is none where it is no path", () => {
    for (const [header, prefix] of [
      ["/hub", "/hub"],
      ["/hub/of/ada//", "/hub/of/ada"],
      ["/", ""],
      ["hub", ""],
      ["/a//b", ""],
      ["/a?b", ""],
      ["", ""]
    ]) {
      assert.strictEqual(prefixOf(header ?? ""), prefix, header)
    }
  })

  it("costs no more than its length where it is very many slashes", () => {
    const start = performance.now()
    assert.strictEqual(prefixOf(`${"/".repeat(300_000)}x`), "")
    assert.strictEqual(prefixOf(`/a${"/".repeat(300_000)}x`), "")
    assert.isBelow(performance.now() - start, 2000)
  })
})
