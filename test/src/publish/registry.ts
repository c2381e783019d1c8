/**
 * A package registry on this machine that knows the packages installed in this workspace and no others, so that npm
 * installs as it does elsewhere, without a network. It is given packages; it keeps none.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { workspace } from "./outside.ts"

interface Installed {
  readonly folder: string
  readonly manifest: { readonly name: string; readonly version: string }
}

const namesIn = (folder: string) => readdir(folder).catch(() => [])

/** Lists the folders of the packages below a `node_modules`, those of a scope too. */
const packagesIn = async (modules: string): Promise<ReadonlyArray<string>> => {
  const names = await namesIn(modules)
  const found = names.map(async (name) =>
    name.startsWith("@")
      ? (await namesIn(join(modules, name))).map((inner) => join(modules, name, inner))
      : [join(modules, name)]
  )
  return (await Promise.all(found)).flat()
}

/** Reads the manifest of every package below `node_modules/.pnpm`, by name and then by version. */
const readInstalled = async (): Promise<ReadonlyMap<string, ReadonlyMap<string, Installed>>> => {
  const found = new Map<string, Map<string, Installed>>()
  const store = join(workspace, "node_modules/.pnpm")
  const places = (await readdir(store))
    .filter((name) => name.includes("@"))
    .map((name) => join(store, name, "node_modules"))
  for (const folder of (await Promise.all(places.map(packagesIn))).flat()) {
    const manifest: Installed["manifest"] = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
    const versions = found.get(manifest.name) ?? new Map<string, Installed>()
    found.set(manifest.name, versions.set(manifest.version, { folder, manifest }))
  }
  return found
}

/** Lists the files of a package, as `package/…`, ended by zeros; a registry's archive has no links. */
const listing = "find package/ -name node_modules -prune -o -type f -print0"

/**
 * Sends the folder as the archive that npm expects: its files, below `package/`. Equal files of a package are one in
 * pnpm's store, and npm passes over the links that an archive would have of them.
 */
const sendArchive = async (folder: string, response: ServerResponse) => {
  const place = await mkdtemp(join(tmpdir(), "musehub-registry-"))
  try {
    await symlink(folder, join(place, "package"))
    const tar = spawn("sh", ["-c", `${listing} | tar --create --hard-dereference --file=- --null --files-from=-`], {
      cwd: place,
      stdio: ["ignore", "pipe", "inherit"]
    })
    tar.stdout.pipe(response)
    await once(response, "close")
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** Starts the registry. Returns its URL, and a function that stops it. */
export const startRegistry = async () => {
  const installed = await readInstalled()
  const answer = async (path: string, url: string, response: ServerResponse) => {
    const [name = "", version] = path.slice(1).split("/-/")
    const versions = installed.get(name)
    const wanted = version === undefined ? undefined : versions?.get(version)
    if (wanted !== undefined) return sendArchive(wanted.folder, response)
    if (versions === undefined || version !== undefined) return response.writeHead(404).end("{}")
    const described = [...versions].map(([each, { manifest }]) => [
      each,
      { ...manifest, dist: { tarball: `${url}/${name}/-/${each}` } }
    ])
    const latest = [...versions.keys()].at(-1)
    return response.end(JSON.stringify({ name, "dist-tags": { latest }, versions: Object.fromEntries(described) }))
  }
  const server = createServer((request, response) => {
    const url = `http://${request.headers.host}`
    answer(decodeURIComponent(request.url ?? ""), url, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}
