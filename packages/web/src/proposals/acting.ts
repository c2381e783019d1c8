/** Does what the forms on the page of a proposal ask for, by the use cases of the REST API. */
import { MergeRequest, NewComment, NewReview, ProposalEdit } from "@musehub/http/api/contract/proposals"
import { CommitId } from "@musehub/domain/object/Id"
import { Discourse } from "@musehub/domain/repository/Proposal"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { refuseFields } from "@musehub/http/problem/FieldsRefused"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Schema } from "effect"
import { decodedFields, given, textIn, unknownButton } from "../page/fields.ts"
import { begunIn } from "../page/begun.ts"
import { once } from "../page/once.ts"
import { opened, repositorySubmission } from "../repository/Frame.ts"
import { numbered, readProposal } from "./proposal.ts"
import { discourseBytesMax, proposalAddress } from "./words.ts"

const talk = Effect.fnUntraced(function* (form: Form, act: "comment" | "approve" | "request_changes") {
  const open = yield* opened("participate")
  const number = yield* numbered
  const page = proposalAddress(open.root.value.repository, number)
  if (act === "comment") {
    const body = textIn(form, "body")
    if (body.trim() === "") return yield* refuseFields("body", [{ path: "body", message: "must say something" }])
    const comment = yield* decodedFields(NewComment, { body })
    return yield* once(open.principal, form, Effect.as(commentOnProposal(open, number, comment.body), page))
  }
  const { body = Discourse.make(""), commitId: commit } = yield* decodedFields(NewReview, {
    verdict: act,
    body: textIn(form, "body"),
    commitId: textIn(form, "commit")
  })
  return yield* once(
    open.principal,
    form,
    Effect.as(reviewProposal(open, number, { verdict: act, body, commit }), page)
  )
})

const merge = Effect.fnUntraced(function* (form: Form) {
  const open = yield* opened("write")
  const number = yield* numbered
  const wanted = yield* decodedFields(MergeRequest, given(form, ["strategy", "message", "expect"]))
  const page = proposalAddress(open.root.value.repository, number)
  return yield* once(open.principal, form, Effect.as(mergeProposal(open, number, wanted), page))
})

/** Changes the proposal itself, as its author and those who may write can. */
const change = Effect.fnUntraced(function* (form: Form, act: "edit" | "close" | "reopen") {
  const open = yield* opened("participate")
  const number = yield* numbered
  const edit = yield* decodedFields(
    ProposalEdit,
    act === "edit" ? { title: textIn(form, "title"), body: textIn(form, "body") } : {}
  )
  const page = proposalAddress(open.root.value.repository, number)
  const changed = Effect.gen(function* () {
    if (act === "edit") yield* editProposal(open, number, edit, begunIn(form))
    else if (act === "close") yield* closeProposal(open, number)
    else yield* reopenProposal(open, number)
    return page
  })
  return yield* once(open.principal, form, changed)
})

const Expected = Schema.Struct({ expect: Schema.optionalKey(CommitId) })

/** Deletes the branch of a proposal that is over, or restores it where it was merged. */
const changeBranch = Effect.fnUntraced(function* (form: Form, act: "delete-branch" | "restore-branch") {
  const open = yield* opened("write")
  const { from, merged, number, state } = yield* showProposal(open, yield* numbered)
  const { expect } = yield* decodedFields(Expected, given(form, ["expect"]))
  const changed = Effect.gen(function* () {
    if (act === "delete-branch" && state !== "open") yield* deleteBranch(open, from, { expect })
    else if (act === "restore-branch" && merged !== null) {
      yield* restoreBranch(open, from, { commit: merged.fromHead, expect: null })
    } else {
      const needed = act === "delete-branch" ? "merged or closed" : "merged"
      return yield* refuseFields("body", [{ path: "do", message: `needs a proposal that is ${needed}` }])
    }
    return proposalAddress(open.root.value.repository, number)
  })
  return yield* once(open.principal, form, changed)
})

/** The endpoint of every form on the page of a proposal: the button that was pressed says what to do. */
export const changedProposal = repositorySubmission(
  "proposals",
  readProposal,
  (form) =>
    Effect.gen(function* () {
      const act = form.get("do")
      switch (act) {
        case "comment":
        case "approve":
        case "request_changes":
          return yield* talk(form, act)
        case "merge":
          return yield* merge(form)
        case "edit":
        case "close":
        case "reopen":
          return yield* change(form, act)
        case "delete-branch":
        case "restore-branch":
          return yield* changeBranch(form, act)
        default:
          return yield* unknownButton()
      }
    }),
  discourseBytesMax
)
