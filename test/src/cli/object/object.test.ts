/** `musehub object`: an object as it is stored, where it is, and the way to it with public tools, without an index. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { extraction } from "@musehub/cli/command/object/extraction"
import { storeUrl } from "@musehub/cli/config/StoreUrl"
import { commitObject, decodeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import { RepositoryId } from "@musehub/domain/object/Id"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import type { LocatedObject } from "@musehub/domain/usecase/fetch/locateObject"
import { packedBlobBytesMax } from "@musehub/domain/pack/limits"
import { Effect, Result } from "effect"
import { spawnSync } from "node:child_process"
import { chmod, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Hub, startHub } from "../inProcess.ts"
import { field, programArguments } from "../program.ts"

const small = "one\u0000 two, caf\u00e9\r\nwithout an end of line"
const large = "x".repeat(packedBlobBytesMax + 1)
const idOf = (text: string) => sha256(new TextEncoder().encode(text))

const someRepository = RepositoryId.make("00000000-0000-4000-8000-000000000001")

/** An index that nobody can open. */
const noIndex = ["--index", "postgres://127.0.0.1:1/none"]

/** Answers `s3api get-object` from a folder of buckets. */
const fakeAws = `#!/bin/sh
shift 2
range=
while [ $# -gt 1 ]; do
  case $1 in
    --bucket) bucket=$2 ;;
    --key) key=$2 ;;
    --range) range=\${2#bytes=} ;;
  esac
  shift 2
done
from=\${range%-*}
to=\${range#*-}
if [ -z "$range" ]; then cat "$BUCKETS/$bucket/$key"
else tail -c +$((from + 1)) "$BUCKETS/$bucket/$key" | head -c $((to - from + 1))
fi > "$1"
`

const noZstd = spawnSync("zstd", ["--version"]).status === 0 ? "" : "there is no zstd program: "

describe("an object of a repository", () => {
  let hub: Hub
  let directory: string
  let commit: string

  /** Runs the command as a process of its own. */
  const ran = (...args: ReadonlyArray<string>) => {
    const flags = ["--object-store", `file:${join(directory, "objects")}`, ...noIndex]
    return spawnSync(process.execPath, [...programArguments, "object", ...args, ...flags], {
      env: { PATH: process.env["PATH"] ?? "", HOME: directory }
    })
  }
  const shown = (type: string, id: string): Buffer => {
    const { status, stderr, stdout } = ran("show", "ada/songs", type, id)
    assert.strictEqual(status, 0, stderr.toString())
    return stdout
  }
  /** Runs the commands in a shell, one after the other, and returns what the last one prints. */
  const byHand = (commands: unknown, env: Readonly<Record<string, string>> = {}): Buffer => {
    assert(Array.isArray(commands))
    const { status, stderr, stdout } = spawnSync("sh", ["-c", commands.slice().join(" && ")], {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      maxBuffer: 2 * large.length
    })
    assert.strictEqual(status, 0, stderr.toString())
    return stdout
  }

  beforeAll(async () => {
    hub = await startHub((folder) => {
      directory = folder
      return "memory:"
    })
    await hub.json("repo", "create", "ada/songs")
    await hub.commit("songs", "main", "first", { "a.txt": "a" })
    commit = await hub.commit("songs", "main", "second", { "it's small.txt": small, "large.txt": large })
  })
  afterAll(() => hub.close())

  it("is printed byte for byte, without an index", () => {
    const stored = new Uint8Array(shown("commit", commit))
    const decoded = Result.getOrThrow(decodeCommit(stored))
    assert.strictEqual(decoded.record.message, "second")
    assert.deepStrictEqual(stored, Result.getOrThrow(commitObject(decoded)).content)
    const snapshot = Result.getOrThrow(decodeSnapshot(new Uint8Array(shown("snapshot", decoded.snapshotId))))
    assert.deepStrictEqual([...snapshot.manifest.keys()].toSorted(), ["a.txt", "it's small.txt", "large.txt"])
    assert.strictEqual(shown("blob", idOf(small)).toString(), small)
  })

  it("is located in its pack, and a large blob under its own key", async () => {
    const packed = await hub.json("object", "locate", "ada/songs", "commit", commit)
    assert.deepStrictEqual(Object.keys(packed as object), ["type", "id", "key", "block", "size", "sha256", "commands"])
    assert.match(String(field(packed, "key")), /^repositories\/[0-9a-f-]{36}\/packs\/[0-9a-f]{64}$/)
    const block = field(packed, "block")
    const members = ["number", "start", "length", "sha256", "contentLength", "offset"]
    assert.deepStrictEqual(Object.keys(block as object), members)
    const lone = await hub.json("object", "locate", "ada/songs", "blob", idOf(large))
    assert.deepInclude(lone, { block: null, size: large.length, sha256: idOf(large) })
    assert.match(String(field(lone, "key")), new RegExp(`/blobs/${idOf(large)}$`))

    const { stdout } = await hub.run("object", "locate", "ada/songs", "commit", commit)
    const { commands, key, size } = packed as { readonly [name: string]: unknown }
    for (const told of [`key     ${String(key)}\n`, `size    ${String(size)}\n`, `\n\n${String(commands)}\n`]) {
      assert.include(stdout, told)
    }
  })

  const everyKind = () =>
    [
      ["commit", commit],
      ["blob", idOf(small)],
      ["blob", idOf(large)]
    ] as const

  it.skipIf(noZstd !== "")(`${noZstd}comes out of a folder by the printed commands`, async () => {
    for (const [type, id] of everyKind()) {
      const found = await hub.json("object", "locate", "ada/songs", type, id)
      const bytes = byHand(field(found, "commands"))
      assert.strictEqual(sha256(bytes), field(found, "sha256"))
      assert.strictEqual(bytes.byteLength, field(found, "size"))
    }
  })

  it.skipIf(noZstd !== "")(`${noZstd}comes out of a bucket by the commands for S3`, async () => {
    const aws = join(directory, "aws")
    await writeFile(aws, fakeAws)
    await chmod(aws, 0o700)
    const env = { PATH: `${directory}:${process.env["PATH"] ?? ""}`, BUCKETS: directory }
    const url = storeUrl("s3://objects?endpoint=http://127.0.0.1:9000&region=eu-north-1")
    for (const [type, id] of everyKind()) {
      const { key: path, ...where } = (await hub.json("object", "locate", "ada/songs", type, id)) as Pick<
        LocatedObject,
        "block" | "size" | "sha256"
      > & { readonly key: string }
      const found: LocatedObject = { ...where, path, key: { repository: someRepository, type, id } as ObjectKey }
      const commands = await Effect.runPromise(extraction(url, found))
      assert.match(
        String(commands[0]),
        /^aws s3api get-object --endpoint-url http:\/\/127\.0\.0\.1:9000 --region eu-north-1 --bucket objects --key /
      )
      assert.strictEqual(sha256(byHand(commands, env)), where.sha256)
    }
  })

  it("is unknown if it is in no pack that the root names", async () => {
    for (const type of ["blob", "commit"]) {
      assert.deepStrictEqual(await hub.run("object", "locate", "ada/songs", type, idOf("never")), {
        code: 1,
        stdout: "",
        stderr: `musehub: 1 ${type}(s) are not in this repository: ${idOf("never")}\n`
      })
    }
    const elsewhere = await hub.run("object", "show", "ada/none", "commit", commit)
    assert.deepStrictEqual([elsewhere.code, elsewhere.stdout], [1, ""])
    assert.strictEqual(elsewhere.stderr, "musehub: there is no repository ada/none that you can see\n")
    assert.strictEqual((await hub.run("object", "show", "ada/songs", "commit", "main")).code, 2)
    assert.strictEqual((await hub.run("object", "show", "ada/songs", "tree", commit)).code, 2)
  })

  it("is not there under a former name of the repository", async () => {
    await hub.json("repo", "create", "ada/renamed")
    const head = await hub.commit("renamed", "main", "first", { "a.txt": "a" })
    await hub.json("repo", "rename", "ada/renamed", "anew")
    assert.deepStrictEqual(await hub.run("object", "locate", "ada/renamed", "commit", head), {
      code: 1,
      stdout: "",
      stderr: "musehub: ada/renamed is now ada/anew\n"
    })
    assert.strictEqual((await hub.run("object", "locate", "ada/anew", "commit", head)).code, 0)
  })

  it("is not printed if its bytes are damaged", async () => {
    await hub.json("repo", "create", "ada/damaged")
    const head = await hub.commit("damaged", "main", "first", { "a.txt": "a" })
    const { block, key } = (await hub.json("object", "locate", "ada/damaged", "commit", head)) as {
      readonly block: { readonly start: number; readonly length: number }
      readonly key: string
    }
    const file = join(directory, "objects", key)
    const bytes = await readFile(file)
    bytes.writeUInt8(bytes.readUInt8(block.start + block.length - 1) ^ 1, block.start + block.length - 1)
    await chmod(file, 0o600)
    await writeFile(file, bytes)
    const { code, stderr, stdout } = await hub.run("object", "show", "ada/damaged", "commit", head)
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.include(stderr, `the block at ${block.start} is damaged`)
  })
})
