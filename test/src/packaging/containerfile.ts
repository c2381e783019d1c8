/** The Containerfile, read as instructions. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { workspace } from "../publish/outside.ts"

export interface Instruction {
  readonly name: string
  /** What follows the name, with continued lines joined. */
  readonly rest: string
}

/** The instructions of each stage, in order. A stage begins with its FROM. */
export const readContainerfile = (): ReadonlyArray<ReadonlyArray<Instruction>> => {
  const text = readFileSync(join(workspace, "Containerfile"), "utf8")
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
  const stages: Array<Array<Instruction>> = []
  for (const line of lines.filter((each) => each.trim() !== "")) {
    const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (name === "FROM") stages.push([])
    stages.at(-1)?.push({ name, rest })
  }
  return stages
}

/** Lists what the instructions of this name say. */
export const restsOf = (stage: ReadonlyArray<Instruction>, name: string): ReadonlyArray<string> =>
  stage.filter((each) => each.name === name).map(({ rest }) => rest)

/** Lists the files and folders of the checkout that a stage copies, all to where it works. */
export const copiedBy = (stage: ReadonlyArray<Instruction>): ReadonlyArray<string> =>
  restsOf(stage, "COPY")
    .filter((rest) => !rest.startsWith("--from="))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1))
