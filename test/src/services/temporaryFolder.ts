/** The folder for the temporary files of a run. */
import { accessSync, constants, existsSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const inMemory = "/dev/shm"
const bytesMin = 4 * 1024 ** 3

/** Programs cannot be run in every folder in memory. */
const runsPrograms = (folder: string): boolean => {
  const program = join(folder, `musehub-program-${process.pid}`)
  try {
    writeFileSync(program, "", { mode: 0o700 })
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  } finally {
    rmSync(program, { force: true })
  }
}

/** Chooses memory where it has room, since a disk makes each durable write wait; else the usual folder. */
export const temporaryFolder = (): string => {
  if (process.env["TMPDIR"] !== undefined || !existsSync(inMemory)) return tmpdir()
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize >= bytesMin && runsPrograms(inMemory) ? inMemory : tmpdir()
}
