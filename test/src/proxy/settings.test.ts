/** The settings of a hub behind a proxy: what they accept, and the one line for what they do not. */
import { assert, describe, it } from "@effect/vitest"
import { readProxies } from "@musehub/cli/config/proxy"
import { endingOf } from "@musehub/cli/errors"
import { ConfigProvider, Effect } from "effect"
import { IpNetwork } from "effect/net"

const read = (env: Readonly<Record<string, string>>) =>
  Effect.provide(readProxies, ConfigProvider.layer(ConfigProvider.fromEnv({ env, preserveEmptyStrings: true })))

const refused = (env: Readonly<Record<string, string>>) => Effect.map(Effect.flip(read(env)), endingOf)

describe("the settings of a hub behind a proxy", () => {
  it.effect("are unset by default", () =>
    Effect.map(read({}), (options) => assert.deepStrictEqual(options, { publicUrl: undefined, trustedProxies: [] }))
  )

  it.effect("MUSEHUB_PUBLIC_URL is a URL with or without a base path, and loses its last slash", () =>
    Effect.gen(function* () {
      for (const [text, expected] of [
        ["https://example.org", "https://example.org"],
        ["https://example.org/", "https://example.org"],
        ["https://example.org/hub/", "https://example.org/hub"],
        ["http://[::1]:8080/a/b-c_d~e.f", "http://[::1]:8080/a/b-c_d~e.f"]
      ] as const) {
        assert.strictEqual((yield* read({ MUSEHUB_PUBLIC_URL: text })).publicUrl, expected)
      }
      for (const text of [
        "example.org",
        "ftp://example.org",
        "https://ada:secret@example.org",
        "https://example.org/?query",
        "https://example.org/#fragment",
        "https://example.org/a b",
        "https://example.org//hub",
        "https://example.org/%20",
        `https://example.org/${"a".repeat(1024)}`,
        "https://"
      ]) {
        const { exitCode, message } = yield* refused({ MUSEHUB_PUBLIC_URL: text })
        assert.strictEqual(exitCode, 2, text)
        assert.match(message, /^MUSEHUB_PUBLIC_URL: .* is not accepted; expected the https or http URL of the hub.*$/)
      }
    })
  )

  it.effect("MUSEHUB_TRUSTED_PROXIES is a list of addresses and networks", () =>
    Effect.gen(function* () {
      const { trustedProxies } = yield* read({ MUSEHUB_TRUSTED_PROXIES: "127.0.0.1, 10.0.0.0/8,fd00::/8, ::1" })
      assert.deepStrictEqual(trustedProxies.map(IpNetwork.format), [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "fd00::/8",
        "::1/128"
      ])
      for (const text of ["proxy", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1,", "127.0.0.1;::1", "10.0.0", "*"]) {
        const { exitCode, message } = yield* refused({ MUSEHUB_TRUSTED_PROXIES: text })
        assert.strictEqual(exitCode, 2, text)
        assert.match(message, /^MUSEHUB_TRUSTED_PROXIES: ".*" is not accepted; expected IP addresses and networks.*$/)
      }
    })
  )
})
