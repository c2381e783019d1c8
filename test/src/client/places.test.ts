/** `musehub pull` and `push` take remote and branch as `muse` does, and a branch alone as before. */
import { assert, it } from "@effect/vitest"
import { clone } from "@musehub/client/operation/clone"
import { Effect, Redacted } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../cli/program.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { memoryHub, published, temporaryFolder, urlOf, writeLocal } from "./support.ts"

it.live("remote and branch are named as muse takes them", () =>
  Effect.gen(function* () {
    const hub = yield* memoryHub
    const local = growing()
    commitTo(local, "main", { a: "1" })
    const target = yield* published(hub, "songs", local)
    const other = yield* published(hub, "others", local)
    const directory = join(yield* temporaryFolder, "songs")
    yield* clone({ url: urlOf(target), directory })
    writeFileSync(
      join(directory, ".muse/config.toml"),
      `[remotes.origin]\nurl = "${urlOf(target)}"\n[remotes.verse]\nurl = "${urlOf(other)}"\n`
    )
    const musehub = (...args: ReadonlyArray<string>) =>
      Effect.promise(() => run(args, { directory, env: { MUSEHUB_TOKEN: Redacted.value(hub.token) } }))
    /** Runs a command that must succeed and returns its line. */
    const line = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
      const { code, stdout, stderr } = yield* musehub(...args)
      assert.deepStrictEqual([code, stderr], [0, ""], args.join(" "))
      return stdout
    })
    const commit = (branch: string, text: string) => {
      commitTo(local, branch, { a: text })
      writeLocal(directory, local)
      return local.heads.get(branch) ?? ""
    }

    const second = commit("main", "2")
    const pushed = `main is at ${second} on the hub`
    assert.include(yield* line("push", "origin", "main"), `${pushed}: 1 commits`)
    for (const same of [["push"], ["push", "main"], ["push", "origin"], ["push", "--remote", "origin", "main"]]) {
      assert.strictEqual(yield* line(...same), `${pushed} already\n`, same.join(" "))
    }
    // Alone, the name of a remote is the remote, until there is a branch of that name.
    assert.include(yield* line("push", "verse"), `${pushed}: 1 commits`)
    local.heads.set("verse", second)
    const third = commit("verse", "3")
    assert.include(yield* line("push", "verse"), `verse is at ${third} on the hub: 1 commits`)
    assert.include(yield* line("push", "verse", "verse"), `verse is at ${third} on the hub: 1 commits`)
    assert.match((yield* musehub("push", "chorus")).stderr, /there is no branch "chorus" here/)
    assert.match((yield* musehub("push", "chorus", "main")).stderr, /names no remote chorus/)

    commitTo(local, "main", { a: "theirs" })
    yield* pushBranch(target, local, "main")
    const theirs = local.heads.get("main")
    writeFileSync(join(directory, "a"), "2")
    assert.include(yield* line("pull", "verse"), `main is up to date at ${second}`)
    assert.include(yield* line("pull", "origin", "main"), `main is at ${theirs}`)
    for (const same of [
      ["pull"],
      ["pull", "origin"],
      ["pull", "--remote", "origin"],
      ["pull", "--remote", "origin", "main"]
    ]) {
      assert.include(yield* line(...same), `main is up to date at ${theirs}`, same.join(" "))
    }
    assert.match((yield* musehub("pull", "origin", "chorus")).stderr, /has no branch "chorus"/)

    for (const command of ["pull", "push"]) {
      const twice = yield* musehub(command, "origin", "main", "--remote", "origin")
      assert.strictEqual(twice.code, 2)
      assert.match(twice.stderr, /name the remote either before the branch or with --remote/)
      assert.include(yield* line(command, "--help"), `${command} origin main`)
    }
  })
)
