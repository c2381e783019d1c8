/** The folders for what benchmarks write. */
import { mkdir, mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * Makes a new folder in that of `MUSEHUB_BENCH_DIR`, which is made as well. It belongs on a disk whose fsync is worth
 * measuring, so not on a `tmpfs`.
 */
export const benchFolder = async (prefix: string): Promise<string> => {
  const parent = process.env["MUSEHUB_BENCH_DIR"] ?? tmpdir()
  await mkdir(parent, { recursive: true })
  return await mkdtemp(join(parent, prefix))
}
