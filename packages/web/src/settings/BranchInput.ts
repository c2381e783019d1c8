/** The field that names a branch of the repository, with the first ones to choose from. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { NameInput } from "../html/Inputs.ts"

const offered = 100
const nameLengthMax = 255
const list = "branches"

/** Reads the names of the branches that the field offers. */
export const branchesOffered = (open: OpenRepository) =>
  Effect.map(listBranches(open, { limit: offered }), ({ items }) => items.map(({ name }) => name))

export const BranchInput = ({
  branches,
  ...field
}: {
  readonly label: string
  readonly name: string
  readonly fields: Form
  readonly present?: string
  readonly branches: ReadonlyArray<string>
}): VNode =>
  h(
    Fragment,
    null,
    h(NameInput, { ...field, list, lengthMax: nameLengthMax }),
    h(
      "datalist",
      { id: list },
      branches.map((value) => h("option", { value }))
    )
  )
