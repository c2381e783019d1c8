/** What verify found, with what mends it. */
import type { NotedFinding } from "@musehub/domain/hub/verification/VerificationReport"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Commands, countText, Link, Tag, Time } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"

/** Findings of one page. */
const shownMax = 30
const textLengthMax = 700

/** What mends most findings is a command and nothing else. */
const command = /^musehub [^\n;]*$/

const Mend = ({ text }: { readonly text: string }): VNode =>
  command.test(text)
    ? h(Commands, { label: "The command that mends it", lines: [text] })
    : h(Fragment, null, h("div", { class: "meta" }, "To mend it:"), h(Prose, { text, max: textLengthMax }))

/** Findings of one kind in one repository, which the same mends. */
type Group = readonly [NotedFinding, ...ReadonlyArray<NotedFinding>]

const groupsOf = (findings: ReadonlyArray<NotedFinding>): ReadonlyArray<Group> => {
  const groups = new Map<string, [NotedFinding, ...Array<NotedFinding>]>()
  for (const finding of findings) {
    const { mend, name, severity, tag } = finding
    const key = JSON.stringify([tag, severity, name, mend])
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [finding])
    else known.push(finding)
  }
  return [...groups.values()]
}

const Place = ({ finding: { place, reason } }: { readonly finding: NotedFinding }): VNode =>
  h(
    Fragment,
    null,
    h("div", { class: "meta" }, h(Name, { text: place, max: textLengthMax })),
    h(Prose, { text: reason, max: textLengthMax })
  )

const item = ([first, ...others]: Group): VNode => {
  const { at, level, mend, name, severity, tag } = first
  return h(
    "li",
    null,
    h(
      "div",
      { class: "row" },
      h(
        "span",
        { class: "grow" },
        h("strong", null, tag),
        " ",
        h(Tag, severity === "fault" ? { kind: "warm" } : null, severity),
        name === null ? null : [" ", h(Link, { to: `/${name}` }, name)]
      ),
      h("span", { class: "meta" }, `${level}, `, h(Time, { at }))
    ),
    h(Place, { finding: first }),
    others.length === 0
      ? null
      : h(
          "details",
          null,
          h("summary", null, `${others.length} more like this`),
          others.map((finding) => h(Place, { finding }))
        ),
    h(Mend, { text: mend })
  )
}

/** Lists findings. `left` more are counted only. */
export const Findings = ({
  findings,
  left
}: {
  readonly findings: ReadonlyArray<NotedFinding>
  readonly left: number
}): VNode => {
  if (findings.length + left === 0) return h("p", null, "No run of verify left a finding.")
  const more = left + Math.max(0, findings.length - shownMax)
  return h(
    Fragment,
    null,
    h("ul", { class: "list" }, groupsOf(findings.slice(0, shownMax)).map(item)),
    more === 0 ? null : h("p", null, `There are ${countText(more, "finding")} more; musehub verify tells all.`)
  )
}
