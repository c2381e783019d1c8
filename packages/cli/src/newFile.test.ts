import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { link, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { givenName } from "./newFile.ts"

const failure = (code: string) => Object.assign(new Error(`${code}: no link`), { code })

/** Ways to link, by what the file system can do. */
const ways = {
  "with links": link,
  "without links": () => Promise.reject(failure("EPERM")),
  "that does not know links": () => Promise.reject(failure("EOPNOTSUPP"))
}

describe("a new file", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "musehub-new-file-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  for (const [way, linking] of Object.entries(ways)) {
    it(`gets its name on a file system ${way}, and never that of another file`, async () => {
      const [written, path] = [join(folder, "written"), join(folder, way)]
      await writeFile(written, "mine")
      await givenName(written, path, linking)
      assert.strictEqual(await readFile(path, "utf8"), "mine")
      const other = join(folder, "other")
      await writeFile(other, "another")
      const refused = await givenName(other, path, linking).catch((error: unknown) => error)
      assert.include(String(refused), "EEXIST")
      assert.strictEqual(await readFile(path, "utf8"), "mine")
    })
  }

  it("that cannot get its name leaves none behind", async () => {
    const path = join(folder, "never")
    for (const code of ["EPERM", "ENOSPC"]) {
      const linking = () => Promise.reject(failure(code))
      const refused = await givenName(join(folder, "nothing"), path, linking).catch((error: unknown) => error)
      assert.instanceOf(refused, Error)
    }
    assert.notInclude(await readdir(folder), "never")
  })
})
