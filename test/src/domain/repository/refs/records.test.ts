/** How records of tags and releases from outside are read. */
import { assert, describe, it } from "@effect/vitest"
import { atOnce } from "@musehub/domain/base/Slices"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import type { Release, Tag } from "@musehub/domain/repository/Tag"
import { decodingRelease, tagOf } from "@musehub/domain/usecase/tags/records"
import { Result } from "effect"
import { first } from "./branchSamples.ts"
import { uuid, tag, release } from "./recordSamples.ts"

const json = (record: Tag | Release): JsonObject => ({ ...record })

const releaseOf = (record: JsonValue) => atOnce(decodingRelease(record))

describe("records from outside", () => {
  const refusal = (result: Result.Result<unknown, { readonly message: string }>) =>
    Result.isFailure(result) ? result.failure.message : "accepted"

  it("of tags name the tag and the wrong member, and drop unknown members", () => {
    assert.deepStrictEqual(tagOf({ ...json(tag(1)), mood: "later" }), Result.succeed(tag(1)))
    const wrong: ReadonlyArray<readonly [member: string, value: JsonValue]> = [
      ["commit_id", "HEAD"],
      ["commit_id", null],
      ["tag", ""],
      ["tag", "x".repeat(501)],
      ["tag", "\ud800"],
      ["created_at", 5],
      ["repo_id", ["x"]]
    ]
    for (const [member, value] of wrong) {
      const message = refusal(tagOf({ ...json(tag(1)), [member]: value }))
      assert.include(message, uuid(1))
      assert.match(message, new RegExp(`was refused: ${member}\\S* (must|is) `))
    }
    assert.include(refusal(tagOf({ ...json(tag(1)), tag_id: "../x" })), "tag_id must be a UUID")
    for (const value of [null, "x", [], 5]) assert.include(refusal(tagOf(value)), "was refused")
  })

  it("of releases get the client's own defaults for missing members", () => {
    const sent = { release_id: uuid(1), commit_id: first.commit.id, snapshot_id: first.snapshot.id }
    const semver = { major: 1, minor: 2, patch: 3, pre: "beta.1-x", build: "build.5-y" }
    const least = releaseOf({ ...sent, tag: " v1.2.3-beta.1-x+build.5-y ", changelog: [{ message: "m" }] })
    assert.deepStrictEqual(
      least,
      Result.succeed(
        release(1, " v1.2.3-beta.1-x+build.5-y ", {
          repo_id: "",
          semver,
          title: "",
          created_at: "",
          changelog: [
            {
              commit_id: "",
              message: "m",
              sem_ver_bump: "none",
              breaking_changes: [],
              author: "",
              committed_at: "",
              agent_id: "",
              model_id: ""
            }
          ]
        })
      )
    )
    const whole = release(1, "v1.0.0", { channel: "nightly", is_draft: true })
    assert.deepStrictEqual(releaseOf({ ...json(whole), later: { x: 1 }, changelog: null }), Result.succeed(whole))
  })

  it("of releases name the release and the wrong member", () => {
    const wrong: ReadonlyArray<readonly [member: string, value: JsonValue]> = [
      ["tag", "latest"],
      ["tag", "v01.2.3"],
      ["tag", "a/b"],
      ["channel", "main"],
      ["is_draft", 1],
      ["semver", { major: "1" }],
      ["semver", { major: 10n ** 18n, minor: 0, patch: 0, pre: "", build: "" }],
      ["changelog", "none"],
      ["changelog", [null]],
      ["body", "x".repeat(262_145)],
      ["release_id", "1"],
      ["title", "\udfff"]
    ]
    for (const [member, value] of wrong) {
      const message = refusal(releaseOf({ ...json(release(1, "v1.0.0")), [member]: value }))
      assert.match(message, new RegExp(`was refused: ${member}\\S* (must|is) `))
    }
    const change = { ...json(release(1, "v9.9.9")), changelog: [{ message: "m" }, { message: 1 }] }
    assert.include(refusal(releaseOf(change)), "changelog[1].message must be a string")
    const changes = Array.from({ length: 10_001 }, () => ({}))
    assert.include(refusal(releaseOf({ ...change, changelog: changes })), "changelog must have at most 10000 items")
    assert.include(refusal(releaseOf({ ...json(release(1, "v9.9.9")), title: 1 })), `"v9.9.9"`)
    for (const value of [null, "x", [], 5]) assert.include(refusal(releaseOf(value)), "was refused")
    assert.include(refusal(releaseOf(JSON.parse(`{"__proto__":{"tag":"v1.0.0"}}`) as JsonObject)), "was refused")
  })
})
