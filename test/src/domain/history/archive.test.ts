/** Archives: what `tar` and `unzip` make of one is the tree of the commit, and the same commit gives the same bytes. */
import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import type { ArchiveFile } from "@musehub/domain/reading/archive/ArchiveFile"
import { zip } from "@musehub/domain/reading/archive/zip"
import { concat } from "@musehub/domain/base/Bytes"
import { ObjectMissing } from "@musehub/domain/port/ObjectStore"
import { type ArchiveFormat, archiveTree } from "@musehub/domain/usecase/browse/archiveTree"
import { Effect, Exit, Stream } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { inFolder } from "../../merge/git.ts"
import { seeded } from "../../support/seeded.ts"
import {
  ada,
  at,
  committedAt,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  withoutIndex
} from "../support/hubSamples.ts"

/** Says why a test that needs a program is skipped; empty if the program is there. */
const lacking = (program: string): string => {
  const isThere = spawnSync(program, ["--help"]).error === undefined
  if (!isThere) process.stderr.write(`archives are not unpacked by ${program}, which is not installed\n`)
  return isThere ? "" : `needs ${program}: `
}

const run = (program: string, ...args: ReadonlyArray<string>) =>
  execFileSync(program, args, { env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" }, maxBuffer: 2 ** 26 })

const random = seeded(7)
const digits = (count: number) => Array.from({ length: count }, () => random.below(36).toString(36)).join("")

const files: Readonly<Record<string, string>> = {
  "a.txt": "one\n",
  empty: "",
  "dir/deep/b": "b".repeat(512),
  "dir/long line": `${"x".repeat(511)}\n`,
  'b "quoted" $(true) ': "1",
  "-rf": "2",
  "é\t𝛼": "3",
  "new\nline": "4",
  [`${"n".repeat(100)}.txt`]: "5",
  [`${`${"d".repeat(200)}/`.repeat(5)}file`]: "6",
  // Too large for a pack, so it is streamed.
  large: digits(700_000)
}

const head = step("m", files)

const scene = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [head])
  return { hub, repository }
})

type Scene = Effect.Success<typeof scene>

const archived = ({ hub, repository }: Scene, format: ArchiveFormat) =>
  at(hub)(
    Effect.scoped(
      Effect.gen(function* () {
        const { content, name } = yield* archiveTree(yield* openedFor(hub, repository, ada, "read"), { format })
        return { name, bytes: concat(yield* Stream.runCollect(content)) }
      })
    )
  )

/** All files below a folder, with their times in seconds. */
const unpacked = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path), readFileSync(path, "utf8"), Math.floor(statSync(path).mtimeMs / 1000)] as const
    })
    .toSorted()

const seconds = Math.floor(Date.parse(committedAt) / 1000)

const unpack = {
  "tar.gz": (file: string, folder: string) => run("tar", "-xzf", file, "-C", folder),
  zip: (file: string, folder: string) => run("unzip", "-q", "-^", file, "-d", folder)
}

describe("an archive", () => {
  for (const [format, program] of [
    ["tar.gz", "tar"],
    ["zip", "unzip"]
  ] as const) {
    const lack = lacking(program)
    it.effect.skipIf(lack !== "")(`${lack}unpacked by ${program} is the tree`, () =>
      Effect.gen(function* () {
        const stage = yield* scene
        const { bytes, name } = yield* archived(stage, format)
        assert.strictEqual(name, `engine-${head.commit.id.slice(0, 12)}`)
        inFolder((folder) => {
          const file = `${folder}.${format}`
          writeFileSync(file, bytes)
          unpack[format](file, folder)
          assert.deepStrictEqual(
            unpacked(folder),
            Object.entries(files)
              .map(([path, text]) => [join(name, path), text, seconds] as const)
              .toSorted()
          )
        })
        const again = yield* archived({ ...stage, hub: withoutIndex(stage.hub) }, format)
        assert.strictEqual(sha256(again.bytes), sha256(bytes))
      })
    )
  }

  const lack = lacking("tar")
  it.effect.skipIf(lack !== "")(`${lack}has paths of the greatest length`, () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const path = `${`${"é".repeat(127)}/`.repeat(16)}${"p".repeat(16)}`
      assert.strictEqual(Buffer.byteLength(path), 4096)
      yield* pushSteps(hub, repository, "main", [step("m", { [path]: "x" })])
      const { bytes, name } = yield* archived({ hub, repository }, "tar.gz")
      inFolder((folder) => {
        writeFileSync(join(folder, "a"), bytes)
        const listed = run("tar", "-tzf", join(folder, "a"), "--quoting-style=literal").toString()
        assert.strictEqual(listed, `${name}/\n${name}/${path}\n`)
      })
    })
  )

  const noUnzip = lacking("unzip")
  it.effect.skipIf(noUnzip !== "")(`${noUnzip}has more files than a zip had room for at first`, () =>
    Effect.gen(function* () {
      const count = 65_536
      const many = Stream.range(1, count).pipe(
        Stream.map((n): ArchiveFile => ({ name: `f/${n}`, size: 0, content: new Uint8Array() }))
      )
      const bytes = concat(yield* Stream.runCollect(zip({ folder: "f/", seconds: 0 }, many)))
      inFolder((folder) => {
        writeFileSync(join(folder, "a.zip"), bytes)
        assert.match(run("unzip", "-tqq", join(folder, "a.zip")).toString(), /^$/)
        assert.lengthOf(run("unzip", "-Z1", join(folder, "a.zip")).toString().trim().split("\n"), count + 1)
      })
    })
  )

  it.effect("breaks off at a file that cannot be read", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* scene
      const lost = head.blobs.find(({ size }) => size === 700_000)?.id
      const broken = yield* startHub({
        index: hub.index,
        store: {
          ...hub.store,
          stream: (key, range) => (key.id === lost ? Stream.fail(new ObjectMissing(key)) : hub.store.stream(key, range))
        }
      })
      for (const format of ["tar.gz", "zip"] as const) {
        const exit = yield* Effect.exit(archived({ hub: broken, repository }, format))
        assert.isTrue(Exit.isFailure(exit))
        assert.include(String(exit), `blob ${lost} of ada/engine`)
      }
    })
  )
})
