/**
 * The same content in git: built by `git fast-import`, pushed to and cloned from smart HTTP. Unlike the hub's figures,
 * these include the client's work (deltas, the index of the pack), because git's client cannot be separated from it.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { GeneratedRepository } from "../GeneratedRepository.ts"
import { serveGit } from "./gitServer.ts"

/** Ignores the user's configuration and runs no background maintenance. */
const settings = ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "protocol.version=2"]
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_TERMINAL_PROMPT: "0"
}

const run = async (
  args: ReadonlyArray<string>,
  input?: (write: (bytes: Uint8Array | string) => Promise<void>) => Promise<void>
) => {
  const child = spawn("git", [...settings, ...args], { stdio: ["pipe", "ignore", "pipe"], env: environment })
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000)
  })
  const closed = once(child, "close")
  await input?.(async (bytes) => {
    if (!child.stdin.write(bytes)) await once(child.stdin, "drain")
  })
  child.stdin.end()
  const [code] = (await closed) as [number | null]
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${complaint}`)
}

/** Adds commits to the main branch. The first has no parent, or the head of the branch. */
const importInto = (folder: string, { blobs, commits }: GeneratedRepository) =>
  run(["-C", folder, "fast-import", "--quiet"], async (write) => {
    const marks = new Map<string, number>()
    for (const [id, bytes] of blobs) {
      marks.set(id, marks.size + 1)
      await write(`blob\nmark :${marks.size}\ndata ${bytes.byteLength}\n`)
      await write(bytes)
      await write("\n")
    }
    for (const [index, { changes, message, parent, timeMillis }] of commits.entries()) {
      const text = Buffer.from(message)
      const person = `Ada Lovelace <ada@example.org> ${Math.floor(timeMillis / 1000)} +0000`
      const files = Array.from(changes, ([path, id]) => `M 100644 :${marks.get(id)} ${path}\n`).join("")
      const from = index === 0 && parent !== null ? "from refs/heads/main^0\n" : ""
      const header = `commit refs/heads/main\ncommitter ${person}\ndata ${text.byteLength}\n${message}\n`
      await write(`${header}${from}${files}\n`)
    }
  })

/** Git over the same content, in a folder of its own. */
export const gitOf = async (folder: string, repository: GeneratedRepository) => {
  const source = join(folder, "source.git")
  const served = join(folder, "served")
  await mkdir(served, { recursive: true })
  await run(["init", "--quiet", "--bare", "--initial-branch=main", source])
  await importInto(source, repository)
  const server = await serveGit(served)
  const target = (name: string) => `${server.url}/${name}.git`
  return {
    /** Creates an empty repository on the server. */
    prepare: async (name: string) => {
      const path = join(served, `${name}.git`)
      await run(["init", "--quiet", "--bare", "--initial-branch=main", path])
      await run(["-C", path, "config", "http.receivepack", "true"])
      // Gives the hub's guarantee: what it has answered survives a power failure, refs included.
      await run(["-C", path, "config", "core.fsync", "all"])
    },
    /** Commits more on top of what is there. */
    add: (more: GeneratedRepository) => importInto(source, more),
    push: (name: string) => run(["-C", source, "push", "--quiet", target(name), "main"]),
    /** Runs a command of git on the repository that is pushed, and forgets what it prints. */
    ask: (...command: ReadonlyArray<string>) => run(["-C", source, ...command]),
    clone: (name: string) => run(["clone", "--quiet", "--bare", target(name), join(folder, `clone-${name}`)]),
    close: server.close
  }
}
