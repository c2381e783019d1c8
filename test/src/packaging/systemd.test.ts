/** The unit of systemd says what the hub needs, and systemd's own tools accept it where they are installed. */
import { assert, describe, it } from "@effect/vitest"
import { exitCodes } from "@musehub/cli/errors"
import { Option } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { workspace } from "../publish/outside.ts"
import { settings } from "./settings.ts"

const unit = readFileSync(join(workspace, "packaging/musehub.service"), "utf8")

/** Lists the values of a directive, in order. */
const valuesOf = (directive: string): ReadonlyArray<string> =>
  [...unit.matchAll(new RegExp(`^${directive}=(.*)$`, "gm"))].map(([, value = ""]) => value)

describe("packaging/musehub.service", () => {
  it("sets settings of the hub to values that it accepts, below its own folder", () => {
    const given = valuesOf("Environment").filter((value) => value.startsWith("MUSEHUB_"))
    assert.lengthOf(given, 2)
    for (const assignment of given) {
      const [name = "", value = ""] = assignment.split("=")
      const setting = settings.get(name)
      assert.isDefined(setting, `${name} is no setting`)
      assert.isTrue(Option.isSome(setting.parse(value)), assignment)
      assert.include(value, `:/var/lib/${valuesOf("StateDirectory").join()}/`)
    }
  })

  it("starts again while something is unavailable, and not after a refusal or a wrong setting", () => {
    assert.deepStrictEqual(valuesOf("Restart"), ["on-failure"])
    const kept = valuesOf("RestartPreventExitStatus").join().split(" ").map(Number)
    assert.deepStrictEqual(kept, [exitCodes.refused, exitCodes.usage])
    assert.notInclude(kept, exitCodes.unavailable)
    assert.deepStrictEqual(valuesOf("StartLimitIntervalSec"), ["0"])
  })

  it("stops the hub alone, with SIGTERM, and waits longer than it finishes requests", () => {
    assert.deepStrictEqual([...valuesOf("KillSignal"), ...valuesOf("KillMode")], ["SIGTERM", "mixed"])
    assert.isAbove(Number(valuesOf("TimeoutStopSec").join()), 30)
  })

  const version = Number(
    /^systemd (\d+)/.exec(spawnSync("systemd-analyze", ["--version"]).stdout?.toString() ?? "")?.[1]
  )
  /** The first that judges a file instead of a running service. */
  const oldest = 250
  const unable = version >= oldest ? "" : `systemd-analyze ${oldest} is not installed, so: `

  it.skipIf(unable !== "")(`${unable}systemd accepts it and finds little exposed`, () => {
    const folder = mkdtempSync(join(tmpdir(), "musehub-systemd-"))
    try {
      const file = join(folder, "musehub.service")
      // The command is not installed on the machine of the tests.
      writeFileSync(file, unit.replace("/usr/local/bin/musehub", process.execPath))
      const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" })
      assert.deepInclude(verified, { status: 0, stderr: "" })
      const judged = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", file], {
        encoding: "utf8"
      })
      assert.strictEqual(judged.status, 0, judged.stdout)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
