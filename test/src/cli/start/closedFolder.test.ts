/** A store in a folder of another user: root, without what lets it use those, is refused like anybody else. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { launch, programArguments } from "../program.ts"

const isRoot = process.getuid?.() === 0
const nobody = 65_534

describe("a folder of objects that this user may not use", () => {
  it.skipIf(!isRoot)("is named, with what helps, and exit code 3", async () => {
    const base = await mkdtemp(join(tmpdir(), "musehub-closed-"))
    try {
      const closed = join(base, "closed")
      await mkdir(closed, { mode: 0o700 })
      await chown(closed, nobody, nobody)
      for (const folder of [closed, join(closed, "objects")]) {
        const command = [process.execPath, ...programArguments, "user", "create", "ada"]
        const storage = ["--object-store", `file:${folder}`, "--index", "memory:"]
        const args = ["--inh-caps=-all", "--bounding-set=-all", ...command, ...storage]
        const { code, stderr, stdout } = await launch("setpriv", args, { directory: base }).ended
        assert.deepStrictEqual([code, stdout], [3, ""], stderr)
        assert.strictEqual(
          stderr,
          `musehub: --object-store: the object store failed at open file:${folder}: EACCES: this user may not use ` +
            `${folder}: run this as the user of the hub, or give that user the folder\n`
        )
        assert.strictEqual(existsSync(folder), folder === closed)
      }
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  })
})
