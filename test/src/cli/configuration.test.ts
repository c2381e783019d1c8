/** Every setting: its default, what overrides it, and the one-line message for a wrong value. */
import { assert, describe, it } from "@effect/vitest"
import { storageLayer } from "@musehub/cli/Composition"
import {
  firstUserSetting,
  type ListenFlags,
  packAfterSetting,
  readListen,
  readStorage,
  type StorageFlags
} from "@musehub/cli/config/Configuration"
import { corsOriginsSetting } from "@musehub/cli/config/cors"
import { operatorsSetting } from "@musehub/cli/config/telemetry"
import { readSetting } from "@musehub/cli/config/Setting"
import { endingOf } from "@musehub/cli/errors"
import { ConfigProvider, Duration, Effect, Layer, Option, Redacted } from "effect"

const environment = (env: Readonly<Record<string, string>>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env, preserveEmptyStrings: true })))

interface Typed {
  readonly objectStore?: string
  readonly index?: string
  readonly fence?: string
  readonly host?: string
  readonly port?: string
}

const flagsOf = (typed: Typed): StorageFlags & ListenFlags => ({
  objectStore: Option.map(Option.fromUndefinedOr(typed.objectStore), (text) => Redacted.make(text)),
  index: Option.map(Option.fromUndefinedOr(typed.index), (text) => Redacted.make(text)),
  fence: Option.fromUndefinedOr(typed.fence),
  host: Option.fromUndefinedOr(typed.host),
  port: Option.fromUndefinedOr(typed.port)
})

const readAll = Effect.fnUntraced(function* (flags: StorageFlags & ListenFlags) {
  const storage = yield* readStorage(flags)
  const listen = yield* readListen(flags)
  const user = yield* readSetting(firstUserSetting, Option.none())
  return { storage, listen, user: user.value }
})

/** Reads everything and opens the stores, as a command does. */
const open = (flags: StorageFlags & ListenFlags) =>
  Effect.scoped(Effect.flatMap(readAll(flags), ({ storage }) => Layer.build(storageLayer(storage))))

describe("MUSEHUB_PACK_AFTER", () => {
  const read = (text: string) =>
    readSetting(packAfterSetting, Option.none()).pipe(environment({ MUSEHUB_PACK_AFTER: text }))

  it.effect("is a time or never", () =>
    Effect.gen(function* () {
      const unset = yield* readSetting(packAfterSetting, Option.none()).pipe(environment({}))
      assert.deepStrictEqual(unset.value, Option.some(Duration.seconds(2)))
      for (const [text, time] of [
        ["0 seconds", Duration.zero],
        ["1 second", Duration.seconds(1)],
        ["10 minutes", Duration.minutes(10)],
        ["99999 hours", Duration.hours(99_999)]
      ] as const) {
        const { value } = yield* read(text)
        assert.isTrue(Option.isSome(value) && Duration.equals(value.value, time), text)
      }
      assert.deepStrictEqual((yield* read("never")).value, Option.none())
      for (const text of ["5", "5s", "-1 seconds", "1.5 seconds", "100000 hours", "Infinity", "5  seconds", "5 days"]) {
        const refused = yield* Effect.flip(read(text))
        assert.strictEqual(refused.setting, "MUSEHUB_PACK_AFTER", text)
        assert.include(refused.message, "a time such as 2 seconds")
      }
    })
  )
})

describe("MUSEHUB_CORS_ORIGINS", () => {
  const read = (text: string) =>
    readSetting(corsOriginsSetting, Option.none()).pipe(environment({ MUSEHUB_CORS_ORIGINS: text }))

  it.effect("is a list of origins, all, or none", () =>
    Effect.gen(function* () {
      const unset = yield* readSetting(corsOriginsSetting, Option.none()).pipe(environment({}))
      assert.deepStrictEqual(unset.value, [])
      for (const [text, origins] of [
        ["*", ["*"]],
        ["https://example.org", ["https://example.org"]],
        ["https://example.org, http://localhost:5173", ["https://example.org", "http://localhost:5173"]]
      ] as const) {
        assert.deepStrictEqual((yield* read(text)).value, origins, text)
      }
      for (const text of [
        "example.org",
        "https://example.org/",
        "https://example.org/app",
        "*,https://a.example",
        "https://A.example",
        "https://*.example.org",
        "null",
        "file:",
        ","
      ]) {
        const refused = yield* Effect.flip(read(text))
        assert.strictEqual(refused.setting, "MUSEHUB_CORS_ORIGINS", text)
        assert.include(refused.message, "origins such as https://example.org")
      }
    })
  )
})

describe("MUSEHUB_OPERATORS", () => {
  const read = (text: string) =>
    readSetting(operatorsSetting, Option.none()).pipe(environment({ MUSEHUB_OPERATORS: text }))

  it.effect("is a list of users, none where it is not set", () =>
    Effect.gen(function* () {
      const unset = yield* readSetting(operatorsSetting, Option.none()).pipe(environment({}))
      assert.deepStrictEqual([...unset.value], [])
      assert.deepStrictEqual([...(yield* read("ada, grace-2")).value], ["ada", "grace-2"])
      for (const text of ["Ada", "ada grace", ",", "ada,", "*", "api"]) {
        const refused = yield* Effect.flip(read(text))
        assert.strictEqual(refused.setting, "MUSEHUB_OPERATORS", text)
      }
    })
  )
})

describe("settings", () => {
  it.effect("have the documented defaults", () =>
    Effect.map(readAll(flagsOf({})).pipe(environment({})), ({ storage, listen, user }) => {
      assert.strictEqual(Redacted.value(storage.objectStore.value.text), "file:.musehub/objects")
      assert.strictEqual(Redacted.value(storage.index.value.text), "embedded:.musehub/postgres")
      assert.strictEqual(storage.fence, "store")
      assert.deepStrictEqual(storage.plugins.value, [])
      assert.deepStrictEqual(listen, { host: "127.0.0.1", port: 10003 })
      assert.deepStrictEqual(user, Option.none())
    })
  )

  const env = {
    MUSEHUB_OBJECT_STORE: "memory:",
    MUSEHUB_INDEX: "postgres://ada:secret@db/hub",
    MUSEHUB_HOST: "::1",
    MUSEHUB_PORT: "0",
    MUSEHUB_FENCE: "database",
    MUSEHUB_PLUGINS: "@acme/gs, other",
    MUSEHUB_USER: "ada"
  }

  it.effect("come from the environment", () =>
    Effect.map(readAll(flagsOf({})).pipe(environment(env)), ({ storage, listen, user }) => {
      assert.strictEqual(Redacted.value(storage.objectStore.value.text), "memory:")
      assert.strictEqual(Redacted.value(storage.index.value.text), "postgres://ada:secret@db/hub")
      assert.notInclude(JSON.stringify(storage), "secret")
      assert.strictEqual(storage.fence, "database")
      assert.deepStrictEqual(storage.plugins.value, ["@acme/gs", "other"])
      assert.deepStrictEqual(listen, { host: "::1", port: 0 })
      assert.deepStrictEqual(Option.getOrNull(user), "ada")
    })
  )

  it.effect("are overridden by flags", () => {
    const flags = flagsOf({ objectStore: "file:o", index: "memory:", fence: "store", host: "localhost", port: "65535" })
    return Effect.map(readAll(flags).pipe(environment(env)), ({ storage, listen }) => {
      assert.strictEqual(Redacted.value(storage.objectStore.value.text), "file:o")
      assert.strictEqual(storage.objectStore.source, "--object-store")
      assert.strictEqual(storage.index.value.scheme, "memory")
      assert.strictEqual(storage.fence, "store")
      assert.deepStrictEqual(listen, { host: "localhost", port: 65_535 })
    })
  })
})

/** Environment, flags, and what the line must contain: the setting, what was given, what is accepted. */
const refused: ReadonlyArray<readonly [env: Record<string, string>, typed: Typed, parts: ReadonlyArray<string>]> = [
  [{ MUSEHUB_INDEX_DEADLINE: "5" }, {}, ["MUSEHUB_INDEX_DEADLINE", '"5"', "a time such as 2 seconds", "30s"]],
  [{ MUSEHUB_STORE_DEADLINE: "2 minutes" }, {}, ["MUSEHUB_STORE_DEADLINE", '"2 minutes"', "from 1 second to 30s"]],
  [{ MUSEHUB_OBJECT_STORE: "" }, {}, ["MUSEHUB_OBJECT_STORE", "empty", "unset: file:.musehub/objects"]],
  [
    { MUSEHUB_OBJECT_STORE: "/var/data" },
    {},
    ["MUSEHUB_OBJECT_STORE", '"/var/data"', "file:<folder> or s3://", "memory:"]
  ],
  [{ MUSEHUB_OBJECT_STORE: "gs://bucket" }, {}, ["MUSEHUB_OBJECT_STORE", "gs:", "file:<folder>"]],
  [{ MUSEHUB_OBJECT_STORE: "file:" }, {}, ["MUSEHUB_OBJECT_STORE", '"file:"', "folder is missing"]],
  [{ MUSEHUB_OBJECT_STORE: "memory:x" }, {}, ["MUSEHUB_OBJECT_STORE", '"memory:x"', "nothing after it"]],
  [{ MUSEHUB_OBJECT_STORE: "s3://B" }, {}, ["MUSEHUB_OBJECT_STORE", "s3:", "lower-case"]],
  [{}, { objectStore: "s3://KEY:hunter2@bucket" }, ["--object-store", "s3:", "AWS_ACCESS_KEY_ID"]],
  [{}, { objectStore: "nonsense\nlines" }, ["--object-store", '"nonsense\\nlines"', "file:<folder>"]],
  [{ MUSEHUB_INDEX: "" }, {}, ["MUSEHUB_INDEX", "empty", "unset: embedded:.musehub/postgres"]],
  [{ MUSEHUB_INDEX: "mysql://u:hunter2@h/d" }, {}, ["MUSEHUB_INDEX", "mysql:", "postgres://"]],
  [{ MUSEHUB_INDEX: "postgres:u:hunter2@" }, {}, ["MUSEHUB_INDEX", "postgres:", "postgres://user:password@host"]],
  [{ MUSEHUB_INDEX: "postgres://h/d?max_connections=0&password=hunter2" }, {}, ["MUSEHUB_INDEX", "max_connections"]],
  [{}, { index: "u:hunter2@h/d" }, ["--index", "embedded:<folder>"]],
  [{}, { index: "//u:hunter2@h/d" }, ["--index", "embedded:<folder>"]],
  [{}, { index: "memory:?password=hunter2" }, ["--index", "nothing after it"]],
  [{ MUSEHUB_HOST: "a b" }, {}, ["MUSEHUB_HOST", '"a b"', "host name"]],
  [{ MUSEHUB_HOST: "http://a" }, {}, ["MUSEHUB_HOST", '"http://a"', "without port"]],
  [{}, { host: "" }, ["--host", "empty", "IP address"]],
  [{ MUSEHUB_PORT: "65536" }, {}, ["MUSEHUB_PORT", '"65536"', "0 to 65535"]],
  [{ MUSEHUB_PORT: "" }, {}, ["MUSEHUB_PORT", "empty", "unset: 10003"]],
  [{}, { port: "-1" }, ["--port", '"-1"', "0 to 65535"]],
  [{}, { port: "8e1" }, ["--port", '"8e1"', "0 to 65535"]],
  [{ MUSEHUB_FENCE: "Store" }, {}, ["MUSEHUB_FENCE", '"Store"', "store or database"]],
  [{}, { fence: "none" }, ["--fence", '"none"', "store or database"]],
  [{ MUSEHUB_PLUGINS: "../evil.js" }, {}, ["MUSEHUB_PLUGINS", '"../evil.js"', "npm packages"]],
  [{ MUSEHUB_PLUGINS: "a,,b" }, {}, ["MUSEHUB_PLUGINS", '"a,,b"', "commas"]],
  [{ MUSEHUB_PLUGINS: "musehub-not-installed" }, {}, ["MUSEHUB_PLUGINS", '"musehub-not-installed"', "not installed"]],
  [{ MUSEHUB_PLUGINS: "effect" }, {}, ["MUSEHUB_PLUGINS", '"effect"', "not a plugin"]],
  [{ MUSEHUB_USER: "Ada L" }, {}, ["MUSEHUB_USER", '"Ada L"', "lower-case"]],
  [{ MUSEHUB_USER: "api" }, {}, ["MUSEHUB_USER", '"api"', "reserves"]]
]

describe("a wrong value stops with one line and exit code 2", () => {
  for (const [env, typed, parts] of refused) {
    it.effect(JSON.stringify({ ...env, ...typed }), () =>
      Effect.gen(function* () {
        // Other settings must not touch the disk when a wrong value is accepted by mistake.
        const memory = { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: "memory:" }
        const error = yield* Effect.flip(open(flagsOf(typed)).pipe(environment({ ...memory, ...env })))
        assert.strictEqual(error._tag, "ConfigurationRefused")
        const { exitCode, message } = endingOf(error)
        assert.strictEqual(exitCode, 2)
        assert.notInclude(message, "\n")
        assert.notInclude(message, "hunter2")
        for (const part of parts) assert.include(message, part)
      })
    )
  }
})
