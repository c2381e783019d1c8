/**
 * The program bundled from its sources, once for a run: loading its 800 modules takes most of the time of a start, and
 * tests start it hundreds of times.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import type { Started } from "./S3Server.ts"

export interface ProgramConnection {
  /** The file that Node runs. */
  readonly main: string
}

const entry = fileURLToPath(import.meta.resolve("@musehub/cli/main"))

/** What a module finds beside itself, it finds beside its source, except for the code that the program compiles. */
const knowsItsSource = {
  name: "knows-its-source",
  transform: (code: string, id: string) =>
    id !== entry && code.includes("import.meta.url")
      ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
      : undefined
}

export const bundleProgram = async (): Promise<Started<ProgramConnection>> => {
  const directory = await mkdtemp(join(tmpdir(), "musehub-program-"))
  const bundle = await rolldown({ input: entry, platform: "node", plugins: [knowsItsSource], logLevel: "warn" })
  const dir = join(directory, "dist")
  await bundle.write({ dir, entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" })
  await bundle.close()
  return {
    connection: { main: join(dir, "main.mjs") },
    stop: () => rm(directory, { recursive: true, force: true })
  }
}
