/** Chooses the branches of a legacy repository that can be brought. */
import { Result } from "effect"
import { type BranchName, newBranchName } from "../../../repository/Names.ts"
import type { CommitId } from "../../../object/Id.ts"
import type { LegacyBranch } from "../../../port/legacy/LegacyHub.ts"
import { repositoryLimits } from "../../../repository/rule/repositoryLimits.ts"
import type { AdoptedHistory } from "./adoptHistory.ts"
import type { Quarantine } from "./Quarantined.ts"

/** Returns the branches with one head each, whose names a clone can write, in ascending order of name. */
export const namedHeads = (
  rows: ReadonlyArray<LegacyBranch>,
  quarantine: Quarantine
): ReadonlyMap<BranchName, string> => {
  const heads = new Map<BranchName, string>()
  for (const [name, same] of Map.groupBy(rows, (row) => row.name)) {
    const known = [...new Set(same.flatMap(({ head }) => (head === null ? [] : [head])))]
    const [head, ...others] = known
    const checked = newBranchName(name)
    if (head === undefined) quarantine(`branch ${name}`, "it has no head")
    else if (others.length > 0) quarantine(`branch ${name}`, `it has several rows, with the heads ${known.join(", ")}`)
    else if (Result.isFailure(checked)) quarantine(`branch ${name}`, checked.failure.reason)
    else heads.set(checked.success, head)
  }
  const sorted = [...heads].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const clashing = sorted.filter(([name]) => folderOf(name, heads) !== undefined)
  for (const [name] of clashing) {
    quarantine(`branch ${name}`, `a clone cannot have it beside branch ${folderOf(name, heads)}`)
    heads.delete(name)
  }
  return new Map(sorted.filter(([name]) => heads.has(name)))
}

/** Finds a branch that would be a file where this one needs a folder. */
const folderOf = (name: string, heads: ReadonlyMap<string, string>): string | undefined => {
  for (let end = name.indexOf("/"); end !== -1; end = name.indexOf("/", end + 1)) {
    if (heads.has(name.slice(0, end))) return name.slice(0, end)
  }
  return undefined
}

/** Returns the branches whose history is there whole. */
export const wholeHeads = (
  heads: ReadonlyMap<BranchName, string>,
  { held, minted }: Pick<AdoptedHistory, "held" | "minted">,
  quarantine: Quarantine
): ReadonlyMap<BranchName, CommitId> => {
  const whole = new Map<BranchName, CommitId>()
  for (const [name, head] of heads) {
    if (whole.size === repositoryLimits.branches) quarantine(`branch ${name}`, "the repository has too many branches")
    else if (held.has(head)) whole.set(name, minted.get(head)?.id ?? (head as CommitId))
    else quarantine(`branch ${name}`, `its head ${head} cannot be brought`)
  }
  return whole
}
