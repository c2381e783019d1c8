/**
 * The facts in docs/wire.md that can be computed: its worked examples, the recordings it names, the limits of requests.
 */
import { filesMax, foldersMax } from "@musehub/domain/object/Manifest"
import { sha256 } from "@musehub/domain/object/Digest"
import * as Limits from "@musehub/domain/wire/Limits"
import { assert, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"

const specification = readFileSync(new URL("../../../docs/wire.md", import.meta.url), "utf8")

it("the worked examples give their ids", () => {
  const examples = Array.from(specification.matchAll(/```hex\n(.*?)```/gs), ([, block = ""]) => block)
  assert.strictEqual(examples.length, 4)
  for (const example of examples) {
    const bytes = Buffer.from(example.replaceAll(/;.*|\s/g, ""), "hex")
    assert.strictEqual(sha256(bytes), /^; id (\S+)$/m.exec(example)?.[1] ?? "none")
  }
})

it("each number in brackets names a recording", () => {
  const recordings = readdirSync(new URL("../../vectors/wire", import.meta.url))
  const named = Array.from(specification.matchAll(/\[(\d\d)\]/g), ([, number = ""]) => number)
  assert.isAbove(named.length, 20)
  for (const number of named) {
    assert.isTrue(
      recordings.some((name) => name.startsWith(`${number}-`)),
      number
    )
  }
})

const units: Readonly<Record<string, number>> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

it("the limits of requests are those of the code", () => {
  const rows = specification.matchAll(/\| ([\d,]+) ?([KMG]iB|)( - 1)? +\| `(\w+)` +\|$/gm)
  const said = Array.from(rows, ([, digits = "", unit = "", less, name = ""]): readonly [string, number] => [
    name,
    Number(digits.replaceAll(",", "")) * (units[unit] ?? Number.NaN) - (less === undefined ? 0 : 1)
  ])
  assert.isAbove(said.length, 20)
  const limits: Readonly<Record<string, number>> = { ...Limits, filesMax, foldersMax }
  assert.deepStrictEqual(
    said,
    said.map(([name]) => [name, limits[name] ?? Number.NaN])
  )
})
