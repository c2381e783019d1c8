/** The audit of dependencies fails on a known vulnerability of high or more, and goes on without an answer. */
import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { verdictOf } from "../../../scripts/audit/Verdict.ts"
import { pnpm, workspace } from "../publish/outside.ts"

const advisory = (severity: string, path: string) => ({
  module_name: "effect",
  severity,
  title: "A hole",
  url: "https://example.org/1",
  findings: [{ version: "4.1.0", paths: [path] }]
})

const reported = (...advisories: ReadonlyArray<ReturnType<typeof advisory>>) =>
  verdictOf({ stderr: "", stdout: JSON.stringify({ advisories: Object.fromEntries(advisories.entries()) }) })

describe("the verdict on an audit", () => {
  it.each(["high", "critical"])("fails on a vulnerability that is %s, and names it", (severity) => {
    const { lines, passed } = reported(advisory(severity, "packages__cli>effect"))
    assert.isFalse(passed)
    assert.strictEqual(lines[0], `${severity}: effect 4.1.0: A hole (https://example.org/1)`)
  })

  it.each(["moderate", "low"])("passes on one that is %s, and names it", (severity) => {
    const { lines, passed } = reported(advisory(severity, "packages__cli>effect"))
    assert.isTrue(passed)
    assert.include(lines[0], "A hole")
  })

  it("passes over what tests alone need", () => {
    const { lines, passed } = reported(advisory("critical", "test>effect"))
    assert.isTrue(passed)
    assert.lengthOf(lines, 1)
  })

  it("goes on where the registry does not answer, and says so", () => {
    const { lines, passed } = verdictOf({
      stdout: "",
      stderr: "Error: ERR_PNPM_AUDIT_BAD_RESPONSE\n × responded with 405"
    })
    assert.isTrue(passed)
    assert.deepStrictEqual(lines, ["Audit: the registry answers no audit, so nothing was audited"])
  })

  it("fails where the audit fails for another reason, and repeats it", () => {
    const { lines, passed } = verdictOf({ stdout: "", stderr: "Error: ERR_PNPM_AUDIT_NO_LOCKFILE" })
    assert.isFalse(passed)
    assert.include(lines, "Error: ERR_PNPM_AUDIT_NO_LOCKFILE")
  })
})

/** Runs the audit against a registry that answers its question with this. */
const auditAgainst = async (status: number, body: unknown) => {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(status).end(JSON.stringify(body)))
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as AddressInfo
  try {
    return await pnpm(workspace, "run", "audit:dependencies", "--registry", `http://127.0.0.1:${port}`)
  } finally {
    server.close()
  }
}

describe("pnpm audit:dependencies", () => {
  const effect = {
    id: 1,
    url: "https://github.com/advisories/GHSA-1",
    title: "A hole",
    severity: "high",
    vulnerable_versions: ">=4.0.0",
    cwe: [],
    cvss: { score: 8, vectorString: null }
  }

  it("fails on what a registry knows of the installed versions", async () => {
    const failure = await auditAgainst(200, { effect: [effect] }).catch(String)
    assert.include(failure, "high: effect 4.1.0: A hole")
  })

  it("passes where the registry knows nothing against them", async () => {
    assert.include(await auditAgainst(200, {}), "Audit: 0 known vulnerabilities")
  })

  it("goes on where the registry refuses the question", async () => {
    assert.include(await auditAgainst(405, {}), "so nothing was audited")
  })
})
