/** Every setting that the hub knows, by its variable. */
import type { Setting } from "@musehub/cli/config/Setting"
import { Predicate } from "effect"
import { glob } from "node:fs/promises"
import { join } from "node:path"
import { workspace } from "../publish/outside.ts"

const isSetting = (value: unknown): value is Setting<unknown> =>
  Predicate.hasProperty(value, "variable") && Predicate.hasProperty(value, "parse")

const folder = join(workspace, "packages/cli/src/config")
const files = (await Array.fromAsync(glob("*.ts", { cwd: folder }))).filter((file) => !file.endsWith(".test.ts"))
const modules = await Promise.all(files.map((file): Promise<object> => import(join(folder, file))))

export const settings: ReadonlyMap<string, Setting<unknown>> = new Map(
  modules.flatMap((module) => Object.values(module).filter(isSetting)).map((each) => [each.variable, each])
)
