/** What was said about a proposal: comments and reviews in order of time, the last ones first to be seen. */
import { cut } from "@musehub/domain/base/text/cut"
import type { Comment, Review } from "@musehub/domain/repository/Proposal"
import type { ProposalView } from "@musehub/domain/usecase/proposals/showProposal"
import { Fragment, type VNode } from "preact"
import { apiAddress, type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Hash, Link, Tag, Time } from "../html/parts.ts"
import { visible } from "../html/visible.ts"
import { proposalAddress } from "./words.ts"

/** Entries of one page, and the characters of each that are shown. */
const entriesShown = 20
const entryLengthMax = 4000

/** A text of up to so many characters; a longer one leads to the whole. */
export const Words = ({
  max = entryLengthMax,
  text,
  whole
}: {
  readonly text: string
  readonly max?: number
  /** The address of the whole text. */
  readonly whole: string
}): VNode =>
  h(
    Fragment,
    null,
    h("div", { class: "prose-plain", dir: "auto" }, visible(cut(text, max))),
    text.length > max
      ? h("p", { class: "meta" }, h(Link, { to: whole }, `The whole text has ${countText(text.length, "character")}`))
      : null
  )

type Entry = Comment | Review

const verdicts = { approve: ["added", "approved"], request_changes: ["warm", "requested changes"] } as const

const entriesOf = ({ comments, reviews }: ProposalView): ReadonlyArray<Entry> =>
  [...comments, ...reviews].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))

const EntryBody = ({
  entry,
  fromHead,
  repository,
  whole
}: {
  readonly repository: Named
  readonly entry: Entry
  readonly fromHead: string | null
  readonly whole: string
}): VNode => {
  const { at, body, by } = entry
  const said =
    "verdict" in entry
      ? [
          h(Tag, { kind: verdicts[entry.verdict][0] }, verdicts[entry.verdict][1]),
          " ",
          h(Link, { to: repositoryAddress(repository, `commit/${entry.commit}`) }, h(Hash, { id: entry.commit })),
          entry.commit === fromHead ? null : ", a former head",
          " "
        ]
      : "commented "
  return h(
    "li",
    null,
    h("p", { class: "meta" }, h("strong", null, by), " ", said, h(Time, { at })),
    body === "" ? null : h(Words, { text: body, whole })
  )
}

/** Shows the entries before position `before`, the last of all if it is undefined. */
export const Conversation = ({
  before,
  proposal,
  repository
}: {
  readonly repository: Named
  readonly proposal: ProposalView
  readonly before: number | undefined
}): VNode => {
  const entries = entriesOf(proposal)
  const end = Math.min(before ?? entries.length, entries.length)
  const start = Math.max(0, end - entriesShown)
  const whole = apiAddress(repository, `proposals/${proposal.number}`)
  const { fromHead, number } = proposal
  if (entries.length === 0) return h("p", { class: "meta" }, "Nobody has said anything yet.")
  return h(
    Fragment,
    null,
    start === 0
      ? null
      : h(
          "p",
          null,
          h(Link, { to: proposalAddress(repository, number, { before: start }), class: "button" }, "Earlier entries")
        ),
    h(
      "ol",
      { class: "list" },
      entries.slice(start, end).map((entry) => h(EntryBody, { repository, entry, fromHead, whole }))
    ),
    end < entries.length
      ? h("p", null, h(Link, { to: proposalAddress(repository, number) }, "The latest entries"))
      : null
  )
}
