/** A branch as the commands take and show it. */
import type { Protection } from "@musehub/domain/repository/Root"
import type { BranchView } from "@musehub/domain/usecase/branches/listBranches"
import { Argument } from "effect/cli"
import { shown } from "../../output.ts"

export const branchArgument = Argument.String("NAME").pipe(Argument.withDescription("The branch"))

/** The fields in the order in which descriptions name them. */
export const branchJson = ({ head, isDefault, name, protection }: BranchView) => ({ name, head, isDefault, protection })

/** A line for one branch. */
export const branchLine = ({ head, name }: BranchView): string => `${shown(name)}  ${head}`

/** What a branch demands, in a few words. */
export const protectionText = (protection: Protection | null): string => {
  if (protection === null) return "none"
  const { approvals, selfApproval } = protection
  return `${approvals} approval${approvals === 1 ? "" : "s"}${selfApproval ? ", the author's counts" : ""}`
}
