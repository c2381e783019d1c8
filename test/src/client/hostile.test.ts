/**
 * A hostile hub, or a server that is no hub: nothing is written outside the folder, nothing unchecked stays in it, the
 * token goes nowhere else, and the operation ends with one clear error.
 */
import { assert, describe, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { verify } from "@musehub/client/operation/verify"
import { blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { commitObject, makeCommit } from "@musehub/domain/object/Commit"
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import { makeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { headerOf, repository, written } from "@musehub/domain/wire/mpack/test/testing"
import type { MpackSource } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, Redacted, Result } from "effect"
import { existsSync, mkdirSync, symlinkSync } from "node:fs"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { oneTry, pathsOf, temporaryFolder, workingTree } from "./support.ts"

interface Scripted {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

type Script = Readonly<Record<string, Scripted>>

/** A server that answers each path as scripted, with no regard to the caller. */
const scripted = (answers: Script) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const seen: Array<IncomingMessage> = []
      const server = createServer((incoming, outgoing) => {
        seen.push(incoming)
        incoming.resume()
        const {
          status = 200,
          headers = {},
          body
        } = answers[(incoming.url ?? "").split("/").at(-1) ?? ""] ?? { status: 404, body: "?" }
        outgoing.writeHead(status, headers).end(body)
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ada/evil`
      return { url, seen, server }
    }),
    ({ server }) =>
      Effect.promise(
        () =>
          new Promise((resolve) => {
            server.close(resolve)
            server.closeAllConnections()
          })
      )
  )

const json = (value: unknown): Scripted => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value)
})

const mpack = (body: Uint8Array): Scripted => ({ headers: { "content-type": mpackMediaType }, body })

const sourceOf = ({ type, id, size, content }: CanonicalObject): MpackSource => {
  assert.instanceOf(content, Uint8Array)
  return { type, id, size, content } as MpackSource
}

const at = "2026-11-22T15:08:10.707051+00:00"

/** One commit with these files, in the form of a stream. */
const historyOf = (files: Readonly<Record<string, string>>) => {
  const blobs = Object.values(files).map((content) => blobOf(Buffer.from(content)))
  const manifest = new Map(Object.keys(files).map((path, index) => [path, blobs[index]?.id as BlobId]))
  const snapshot = makeSnapshot(manifest, at)
  const commit = makeCommit({ branch: "main", snapshot_id: snapshot.id, message: "m", committed_at: at })
  const commitSource = sourceOf(Result.getOrThrow(commitObject(commit)))
  const distinct = new Map(blobs.map((blob) => [blob.id, blob]))
  const sources = [...[...distinct.values()].map(sourceOf), sourceOf(snapshotObject(snapshot)), commitSource]
  return { id: commit.id, sources }
}

const { id: goodId, sources: goodSources } = historyOf({ a: "one", "b/c": "two" })

const refsWith = (heads: Readonly<Record<string, CommitId>>, rest: Readonly<Record<string, unknown>> = {}): Scripted =>
  json({ repo_id: repository, domain: "code", default_branch: "main", branch_heads: heads, ...rest })

const goodRefs = refsWith({ main: goodId })
const goodStream = written(headerOf(goodSources), goodSources)

/** A header alone, which announces commits that never come. */
const headOnly = (commits: number): Uint8Array => {
  const whole = Buffer.from(written(headerOf([]), []))
  // The count is one byte in the empty stream and five here.
  const position = whole.indexOf("commits") + "commits".length
  const count = Buffer.alloc(5)
  count[0] = 0xce
  count.writeUInt32BE(commits, 1)
  return Buffer.concat([whole.subarray(0, position), count, whole.subarray(position + 1)])
}

/** Clones from a script into a folder inside one that must stay unchanged. */
const attempted = Effect.fnUntraced(function* (script: Script) {
  const { url, seen } = yield* scripted(script)
  const top = yield* temporaryFolder
  const directory = join(top, "clone")
  const error = yield* Effect.flip(oneTry(clone({ url, directory })))
  const outside = pathsOf(top).filter((path) => !path.startsWith("clone/"))
  assert.deepStrictEqual(outside, [])
  return { error, directory, seen }
})

it.live("the scripted hub works unless a test makes it hostile", () =>
  Effect.gen(function* () {
    const { url } = yield* scripted({ refs: goodRefs, fetch: mpack(goodStream) })
    const directory = yield* temporaryFolder
    yield* clone({ url, directory })
    assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), { a: "one", "b/c": "two" })
  })
)

describe("refs", () => {
  const badNames = [
    "../../evil",
    "a/../../evil",
    "/etc/evil",
    "",
    ".",
    "a/./b",
    "a//b",
    "a\\b",
    "a\nb",
    "x".repeat(300),
    "a/"
  ]
  for (const name of badNames) {
    it.live(`with a branch ${JSON.stringify(name.slice(0, 20))} are refused before anything is created`, () =>
      Effect.gen(function* () {
        const { error, directory } = yield* attempted({ refs: refsWith({ [name]: goodId, main: goodId }) })
        assert.strictEqual(error._tag, "BranchNameRefused")
        assert.isFalse(existsSync(directory))
        const asDefault = yield* attempted({ refs: refsWith({ main: goodId }, { default_branch: name }) })
        assert.strictEqual(asDefault.error._tag, "BranchNameRefused")
      })
    )
  }

  const unsound: ReadonlyArray<readonly [what: string, refs: Scripted, reason: RegExp]> = [
    ["a branch inside a branch", refsWith({ a: goodId, "a/b": goodId }), /is a branch itself/],
    ["an invalid id", refsWith({ main: "../x" as CommitId }), /64 lower-case hex/],
    ["an invalid repository id", refsWith({}, { repo_id: "../../x" }), /UUID/],
    ["an invalid domain", refsWith({}, { domain: "../x" }), /domain/],
    ["no heads", json({ repo_id: repository }), /domain|branch_heads/],
    ["HTML", { body: "<html>" }, /not JSON/],
    ["a body of 65 MiB", { body: "x".repeat(65 * 1024 * 1024) }, /more than/]
  ]
  for (const [what, refs, reason] of unsound) {
    it.live(`with ${what} are refused`, () =>
      Effect.gen(function* () {
        const { error, directory } = yield* attempted({ refs })
        assert.strictEqual(error._tag, "AnswerUnsound")
        assert.match(error.message, reason)
        assert.isFalse(existsSync(directory))
      })
    )
  }
})

describe("a stream", () => {
  const elsewhere = {
    ...headerOf(goodSources),
    repository: "11111111-2222-4333-8444-555555555555" as typeof repository
  }
  const wrong = goodSources.map((source, index) =>
    index === 0 && source.content instanceof Uint8Array ? { ...source, content: new Uint8Array(source.size) } : source
  )
  const some = goodSources.slice(0, 2)
  const unsound: ReadonlyArray<readonly [what: string, answer: Scripted, reason: RegExp]> = [
    ["of another repository", mpack(written(elsewhere, goodSources)), /of repository 1111/],
    ["with a blob that does not match its id", mpack(written(headerOf(goodSources), wrong)), /hashes to/],
    ["without the requested commit", mpack(written(headerOf(some), some)), /without commit/],
    [
      "with a commit that lacks its snapshot",
      mpack(written(headerOf(goodSources.slice(-1)), goodSources.slice(-1))),
      /needs snapshot/
    ],
    ["with more objects than a repository has", mpack(headOnly(6_000_000)), /at most/],
    [
      "in another version",
      mpack(
        Buffer.from(Buffer.from(goodStream).toString("latin1").replace("version\u0001", "version\u0007"), "latin1")
      ),
      /version 7/
    ],
    ["that is not mpack", mpack(Buffer.from("hello")), /refused/],
    ["in JSON", json({ commits: [] }), /comes as application\/json/]
  ]
  for (const [what, fetch, reason] of unsound) {
    it.live(`${what} is refused, and nothing of it is checked out`, () =>
      Effect.gen(function* () {
        const { error, directory } = yield* attempted({ refs: goodRefs, fetch })
        assert.strictEqual(error._tag, "AnswerUnsound", error.message)
        assert.match(error.message, reason)
        assert.deepStrictEqual([...workingTree(directory).keys()], [])
        assert.isFalse(existsSync(join(directory, ".muse/HEAD")))
      })
    )
  }

  it.live("keeps the objects that came before the fault", () =>
    Effect.gen(function* () {
      const late = goodSources.map((source, index) =>
        index === 1 && source.content instanceof Uint8Array
          ? { ...source, content: new Uint8Array(source.size) }
          : source
      )
      const { directory } = yield* attempted({ refs: goodRefs, fetch: mpack(written(headerOf(goodSources), late)) })
      const objects = pathsOf(join(directory, ".muse")).filter((path) => /^(objects|snapshots|commits)/.test(path))
      assert.lengthOf(objects, 1)
    })
  )

  for (const path of [".muse/HEAD", ".MUSE/x", "../evil", "/evil", "a/../../evil"]) {
    it.live(`with a file ${JSON.stringify(path)} writes no file`, () =>
      Effect.gen(function* () {
        const { id, sources } = historyOf({ fine: "x", [path]: "evil" })
        const { error, directory } = yield* attempted({
          refs: refsWith({ main: id }),
          fetch: mpack(written(headerOf(sources), sources))
        })
        assert.strictEqual(error._tag, "AnswerUnsound")
        assert.deepStrictEqual([...workingTree(directory).keys()], [])
        assert.isFalse(existsSync(join(directory, ".muse/HEAD")))
      })
    )
  }

  const aliases = [
    "a/.muse/config.toml",
    ".muse./x",
    ".muse ",
    "a/.mu\u200cse/x",
    "MUSE~1/x",
    ".muse::$INDEX_ALLOCATION/x"
  ]
  for (const path of aliases) {
    it.live(
      `with a file ${JSON.stringify(path)}, which some file system takes for .muse, leaves out that file alone`,
      () =>
        Effect.gen(function* () {
          const { id, sources } = historyOf({ fine: "x", [path]: "evil" })
          const { url } = yield* scripted({
            refs: refsWith({ main: id }),
            fetch: mpack(written(headerOf(sources), sources))
          })
          const directory = join(yield* temporaryFolder, "clone")
          const cloned = yield* clone({ url, directory })
          assert.deepStrictEqual(
            cloned.filesRefused.map((refused) => refused.path),
            [path]
          )
          assert.deepStrictEqual([...workingTree(directory).keys()], ["fine"])
          assert.deepStrictEqual((yield* verify({ directory })).faults, [])
        })
    )
  }

  it.live("does not follow a link out of the folder", () =>
    Effect.gen(function* () {
      const { url } = yield* scripted({ refs: goodRefs, fetch: mpack(goodStream) })
      for (const link of ["b", ".muse/objects", ".muse/refs", ".muse/remotes", ".muse/commits"]) {
        const top = yield* temporaryFolder
        const directory = join(top, "clone")
        mkdirSync(join(directory, ".muse"), { recursive: true })
        mkdirSync(join(top, "outside"))
        symlinkSync(join(top, "outside"), join(directory, link))
        const error = yield* Effect.flip(clone({ url, directory }))
        assert.include(["PathRefused", "LocalChanges"], error._tag, link)
        assert.deepStrictEqual(pathsOf(join(top, "outside")), [], link)
      }
    })
  )
})

describe("a token", () => {
  const token = Redacted.make("muse_secret")

  it.live("is sent to the hub alone: redirects are not followed", () =>
    Effect.gen(function* () {
      const other = yield* scripted({ refs: goodRefs, fetch: mpack(goodStream) })
      const { url, seen } = yield* scripted({
        refs: { status: 302, headers: { location: `${other.url}/refs` }, body: "" }
      })
      const error = yield* Effect.flip(clone({ url, directory: join(yield* temporaryFolder, "x"), token }))
      assert.strictEqual(error._tag, "RemoteRefused")
      assert.include(error.message, other.url)
      assert.strictEqual(seen[0]?.headers.authorization, "Bearer muse_secret")
      assert.deepStrictEqual(other.seen, [])
    })
  )

  const refused: ReadonlyArray<readonly [url: string, token: Redacted.Redacted | undefined, reason: RegExp]> = [
    ["http://hub.invalid/ada/x", token, /not encrypted/],
    ["http://localhost.hub.invalid/ada/x", token, /not encrypted/],
    ["http://127.0.0.1.hub.invalid/ada/x", token, /not encrypted/],
    ["https://ada:secret@hub.invalid/ada/x", undefined, /user or password/],
    ["https://hub.invalid/ada/x?token=secret", undefined, /query/],
    ["ftp://hub.invalid/ada/x", undefined, /neither https nor http/],
    ["ada/x", undefined, /not a URL/],
    ["https://hub.invalid/ada/x", Redacted.make("secret\nX-Evil: 1"), /cannot be sent the token/]
  ]
  for (const [url, given, reason] of refused) {
    it.live(`is not sent to ${url.replace("secret", "…")}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(clone({ url, directory: join(yield* temporaryFolder, "x"), token: given }))
        assert.strictEqual(error._tag, "AddressRefused")
        assert.match(error.message, reason)
        assert.notInclude(error.message, "secret")
      })
    )
  }
})

it.live("the text of a problem is cut and cannot control the terminal", () =>
  Effect.gen(function* () {
    const { error } = yield* attempted({
      refs: { ...json({ detail: `no\u001b[2J\u202e${"x".repeat(1000)}`, type: "urn:a" }), status: 403 }
    })
    assert.isTrue(error._tag === "RemoteRefused" && error.status === 403 && error.type === "urn:a")
    assert.match(error.message, /answered 403: no \[2J x+$/)
    assert.isBelow(error.message.length, 500)
    const plain = yield* attempted({ refs: { status: 500, body: "Out of order" } })
    assert.match(plain.error.message, /answered 500: Out of order$/)
    for (const status of [413, 502, 503, 504]) {
      const page = yield* attempted({ refs: { status, body: "<html><title>Of a proxy</title></html>" } })
      assert.include(page.error.message, `answered ${status}: a proxy before the hub `)
    }
  })
)
