/** The arguments and output of commands about branches. */
import type { Protection } from "@musehub/domain/repository/Root"
import type { BranchView } from "@musehub/domain/usecase/branches/listBranches"
import { Argument } from "effect/cli"
import { shown } from "../../output.ts"
import { warningsField, warningsJson } from "../../warnings.ts"

export const branchArgument = Argument.String("NAME").pipe(Argument.withDescription("The branch"))

/** Returns the fields in the order of the descriptions. */
export const branchJson = ({ head, isDefault, name, protection, warnings }: BranchView) => ({
  name,
  head,
  isDefault,
  protection,
  warnings: warningsJson(warnings)
})

/** The fields of a branch in `--json`, for descriptions. */
export const branchFields = `name, head, isDefault, protection (approvals and selfApproval, or null), ${warningsField}`

/** Formats one branch as a line. */
export const branchLine = ({ head, name }: BranchView): string => `${shown(name)}  ${head}`

/** Formats the protection of a branch. */
export const protectionText = (protection: Protection | null): string => {
  if (protection === null) return "none"
  const { approvals, selfApproval } = protection
  return `${approvals} approval${approvals === 1 ? "" : "s"}${selfApproval ? ", the author's counts" : ""}`
}
