/** Folders outside of this workspace, in which nothing but what is installed there can be found. */
import { execFile, spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const workspace = fileURLToPath(new URL("../../..", import.meta.url))

/** Where programs are found: this run's Node first. */
export const searchPath = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter)

/** Lists the programs called `node` in the search path, with the first number of their versions. */
export const nodesInPath = (): ReadonlyArray<{ readonly path: string; readonly major: number }> =>
  [...new Set(searchPath.split(delimiter))].flatMap((folder) => {
    const path = join(folder, "node")
    const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" })
    const major = Number(/^v(\d+)\./.exec(stdout ?? "")?.[1])
    return status === 0 && major > 0 ? [{ path, major }] : []
  })

/** The environment of this run, and its Node, without what would lead back into the workspace. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|MUSEHUB_|NODE_(PATH|OPTIONS|ENV)$)/.test(name))
  ),
  PATH: searchPath
}

/** Runs a program to its end and gives its stdout; one that fails throws what it said. */
export const run = async (
  cwd: string,
  program: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Promise<string> => {
  try {
    const options = { cwd, env: { ...environment, ...env }, maxBuffer: 64 * 1024 * 1024 }
    return (await promisify(execFile)(program, args, options)).stdout
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${program} ${args.join(" ")} failed in ${cwd}\n${stdout}${stderr}`, { cause })
  }
}

export const pnpm = (cwd: string, ...args: ReadonlyArray<string>): Promise<string> =>
  run(cwd, "npx", ["--yes", "--prefer-offline", "pnpm@12", ...args])

/** On the disk, where pnpm links the files of its store instead of copying them. */
const temporaryOnDisk = "/var/tmp"

/** A folder with the given files, deleted by the returned function. */
export const folderOutside = async (files: ReadonlyMap<string, string>) => {
  const folder = await mkdtemp(join(temporaryOnDisk, "musehub-publish-"))
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string | null>>
  readonly publishConfig?: { readonly exports: Readonly<Record<string, string | null>> }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export const manifestIn = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
