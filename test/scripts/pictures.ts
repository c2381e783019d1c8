/**
 * Makes the pictures of README.md, `docs/pictures/*.png`, of a hub that has the golden repositories:
 * `npx --yes pnpm@12 run pictures`. It needs Chromium, as the tests of the pages do.
 */
import { Effect } from "effect"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { goldenNames, goldenRepository } from "../src/e2e/muse/goldenRepositories.ts"
import { pushAll } from "../src/e2e/muse/LocalRepository.ts"
import { createRepository } from "../src/e2e/muse/MuseClient.ts"
import { openWindow, startChromium } from "../src/web/browser/Chromium.ts"

const program = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))
const pictures = fileURLToPath(new URL("../../docs/pictures/", import.meta.url))
const user = "ada"

const eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true } as const

/** Each picture: its file, what it shows, and the height of what is cut out, in pixels. */
const shown = [
  { file: "repository.png", path: `/${user}/merges`, height: 620 },
  { file: "health.png", path: "/-/health", height: 900 }
] as const

/** The page of storage health shows its name. */
const folder = join(tmpdir(), "musehub")
await mkdir(folder)
const execute = promisify(execFile)

/** Runs an operator's command beside the hub, and returns what it printed. */
const operate = async (...command: ReadonlyArray<string>): Promise<string> => {
  const { stdout } = await execute(process.execPath, [program, ...command], { cwd: folder })
  return stdout
}

const hub = spawn(process.execPath, [program, "serve", "--json", "--port", "0", "--user", user], {
  cwd: folder,
  env: { ...process.env, MUSEHUB_OPERATORS: user },
  stdio: ["ignore", "pipe", "inherit"]
})
try {
  const [line] = (await once(createInterface({ input: hub.stdout }), "line")) as [string]
  const { tokenFile, url } = JSON.parse(line) as { readonly tokenFile: string; readonly url: string }
  const token = (await readFile(tokenFile, "utf8")).trim()
  const address = url.replace(/\/$/, "")
  await Effect.runPromise(
    Effect.gen(function* () {
      for (const name of goldenNames) {
        const local = goldenRepository(name)
        yield* pushAll(yield* createRepository(address, token, `${user}/${name}`, { domain: local.domain }), local)
      }
    })
  )
  for (const command of [["derive"], ["verify", "--deep"], ["drill"]]) await operate(...command)
  const login = JSON.parse(await operate("login", "--user", user, "--json")) as { readonly url: string }
  await mkdir(pictures, { recursive: true })
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const { page } = yield* openWindow(yield* startChromium, address, eyes)
        yield* Effect.promise(async () => {
          const { pathname, search } = new URL(login.url)
          await page.goto(address + pathname + search)
          await page.getByRole("button", { name: `Sign in as ${user}` }).click()
          for (const { file, height, path } of shown) {
            await page.setViewportSize({ width: eyes.width, height })
            await page.goto(address + path)
            await page.screenshot({ path: join(pictures, file) })
          }
        })
      })
    )
  )
} finally {
  const ended = once(hub, "close")
  hub.kill("SIGINT")
  await ended
  await rm(folder, { recursive: true, force: true })
}
