/** What a merge would do now: its conflicts, the rules that it does not meet, and the form that merges. */
import { MergeStrategy } from "@musehub/domain/repository/Proposal"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { conflictSides, type ConflictSides } from "@musehub/domain/usecase/merges/conflictSides"
import { type MergePreview, previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import type { ProposalView } from "@musehub/domain/usecase/proposals/showProposal"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { TextArea } from "../html/Inputs.ts"
import { countText, PostForm } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import type { Named } from "../html/address.ts"
import { seenField } from "../page/once.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"
import { comparedMax, Conflicts } from "./Conflicts.ts"
import { discourseLengthMax, proposalAddress, strategyNames } from "./words.ts"

/** A preview, and what each side did to the first paths on which they conflict. */
export interface Previewed {
  readonly preview: MergePreview
  readonly compared: ReadonlyArray<ConflictSides>
}

/** Previews the merge of an open proposal. */
export const readPreview = Effect.fnUntraced(function* (open: OpenRepository, { number }: ProposalView) {
  const preview = yield* previewMerge(open, number)
  const previewed: Previewed = {
    preview,
    compared: yield* conflictSides(open, preview.conflicts.slice(0, comparedMax))
  }
  return previewed
})

const listedRules = 50
const listedWarnings = 20

const outcomeText = ({ conflictCount, outcome }: MergePreview): string => {
  switch (outcome) {
    case "up_to_date":
      return "There is nothing to merge: the target already has all of this."
    case "unrelated":
      return "The branches have no commit in common. Join them in a clone, and push the result."
    case "fast_forward":
      return "This can be merged, and also fast-forwarded."
    case "merged":
      return "This can be merged without conflicts."
    case "conflicted":
      return `There are conflicts in ${countText(conflictCount, "path")}. Merge the target in a clone, and push.`
  }
}

const Rules = ({ preview: { governance }, proposal }: Previewing): VNode => {
  const { approvals, approvalsNeeded } = proposal
  const { invalid, landing, rules } = governance
  const unmet = rules.filter(({ refusal }) => refusal !== null)
  return h(
    Fragment,
    null,
    approvalsNeeded > 0 || approvals.length > 0
      ? h(
          "p",
          null,
          `${approvals.length} of ${countText(approvalsNeeded, "approval")} that the branch asks for`,
          approvals.length === 0 ? null : `: ${approvals.slice(0, listedRules).join(", ")}`,
          "."
        )
      : null,
    rules.length === 0
      ? null
      : h(
          Fragment,
          null,
          h("h4", null, `Rules of .musegovernance.json: ${unmet.length} of ${rules.length} unmet`),
          h(
            "ul",
            { class: "list" },
            [...unmet, ...rules.filter(({ refusal }) => refusal === null)]
              .slice(0, listedRules)
              .map(({ name, path, refusal, strategies }) =>
                h(
                  "li",
                  null,
                  h("strong", null, h(Name, { text: name })),
                  ", for ",
                  h(Name, { text: path }),
                  refusal === null ? ", is met" : [" ", h("span", { class: "warm" }, refusal)],
                  strategies === null
                    ? null
                    : `; lands only as: ${strategies.map((strategy) => strategyNames[strategy]).join(", ")}`
                )
              )
          )
        ),
    invalid === null
      ? null
      : h("p", { class: "warm" }, "The rules of the target are invalid and do not hold: ", h(Name, { text: invalid })),
    landing === null
      ? null
      : h("p", { class: "warm" }, "A merge is refused, since its rules would be invalid: ", h(Name, { text: landing }))
  )
}

interface Previewing {
  readonly preview: MergePreview
  readonly proposal: ProposalView
}

const MergeForm = ({
  draft,
  preview: { fromHead, outcome },
  proposal: { number, revision },
  repository
}: Previewing & { readonly repository: Named; readonly draft: Draft }): VNode => {
  const chosen = draft.fields.get("strategy")
  const offered = MergeStrategy.literals.filter(
    (strategy) => strategy !== "fast_forward_only" || outcome === "fast_forward"
  )
  return h(
    PostForm,
    {
      to: proposalAddress(repository, number),
      fields: { expect: fromHead, [seenField]: String(revision) },
      class: "form",
      label: "Merge the proposal"
    },
    h(Refusal, { problem: draft.refused }),
    h(
      "label",
      null,
      "Strategy",
      h(
        "select",
        { name: "strategy" },
        offered.map((value) => h("option", { value, selected: value === chosen }, strategyNames[value]))
      )
    ),
    h(TextArea, {
      label: "Message of the new commit, where it has one (the title otherwise)",
      name: "message",
      fields: draft.fields,
      lengthMax: discourseLengthMax,
      rows: 2
    }),
    h("button", { class: "primary", name: "do", value: "merge" }, "Merge")
  )
}

const mergeable: ReadonlySet<MergePreview["outcome"]> = new Set(["fast_forward", "merged"])

/** What a merge of an open proposal would do, with the form for those who may write. */
export const Merging = ({
  draft,
  mayWrite,
  previewed: { compared, preview },
  proposal,
  repository
}: {
  readonly repository: Named
  readonly proposal: ProposalView
  readonly previewed: Previewed
  readonly mayWrite: boolean
  readonly draft: Draft
}): VNode => {
  const { conflictCount, conflicts, outcome, warnings } = preview
  const { from, to } = proposal
  return h(
    Fragment,
    null,
    h("p", { class: outcome === "conflicted" ? "warm" : undefined }, outcomeText(preview)),
    h(Rules, { preview, proposal }),
    warnings.length === 0
      ? null
      : h(
          "details",
          null,
          h("summary", null, countText(warnings.length, "warning")),
          warnings.slice(0, listedWarnings).map(({ message }) => h("p", null, h(Name, { text: message, max: 500 })))
        ),
    conflictCount === 0 ? null : h(Conflicts, { repository, compared, conflicts, total: conflictCount, from, to }),
    mergeable.has(outcome) && mayWrite ? h(MergeForm, { repository, proposal, preview, draft }) : null,
    mergeable.has(outcome) && !mayWrite
      ? h("p", { class: "meta" }, "Those who may write to this repository can merge it.")
      : null
  )
}
