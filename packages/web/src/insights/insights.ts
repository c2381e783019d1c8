/** What the newest commits of a ref tell of a repository: languages, hotspots, coupling, ownership and activity. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import type { IntelItems } from "@musehub/domain/usecase/intel/kinds"
import { type Intel, readIntel } from "@musehub/domain/usecase/intel/readIntel"
import type { Problem } from "@musehub/http/problem/Problem"
import { Effect, type Result } from "effect"
import { type ComponentChildren, Fragment } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Empty, Link } from "../html/parts.ts"
import { attempted } from "../page/Refusal.ts"
import { Section, shownPart } from "../page/Section.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { RefPicker, refsOf } from "../repository/Refs.ts"
import { Activity, type At, Coupling, Hotspots, Languages, Ownership } from "./parts.ts"

/** Kinds of intel that are read at the same time. */
const concurrency = 2

/** What of the kinds is read: paths, since symbols are of few languages. */
const limits = { activity: 1000, coupling: 30, hotspots: 15, languages: 12, ownership: 15 } as const
type Kind = keyof typeof limits

const read = (open: OpenRepository, ref: string | undefined, kind: Kind) =>
  attempted(readIntel(open, { kind, of: "paths", ref, limit: limits[kind] }))

const texts: { readonly [K in Kind]: { readonly title: string; readonly none: string } } = {
  activity: { title: "Activity", none: "There are no commits" },
  coupling: { title: "Files that change together", none: "No pair of files was touched by three commits together" },
  hotspots: { title: "Hotspots", none: "No commit touched a file that is still there" },
  languages: { title: "Languages", none: "There are no files" },
  ownership: { title: "Ownership", none: "No commit touched a file that is still there" }
}

const Derived = ({ complete, pending, window }: Pick<Intel, "complete" | "pending" | "window">) => [
  complete
    ? null
    : h(
        "p",
        { class: "notice" },
        pending === 0
          ? "A part of the history cannot be read, so this is not whole."
          : `This is being derived: ${countText(pending, "commit")} are left. Load the page again in a while.`
      ),
  window.truncated
    ? h("p", { class: "meta" }, `Of the newest ${countText(window.commits, "commit")}; there are more.`)
    : null
]

/** Shows a kind of intel, or why it could not be read. */
const part = <K extends Kind>(
  kind: K,
  intel: Result.Result<Intel, Problem>,
  body: (items: ReadonlyArray<IntelItems[K]>) => ComponentChildren
) => {
  const { none, title } = texts[kind]
  return h(
    Section,
    { title },
    shownPart(intel, (known) => {
      // The kind that was asked for.
      const items = known.found.items as ReadonlyArray<IntelItems[K]>
      return [h(Derived, known), items.length === 0 ? h("p", { class: "soft" }, `${none}.`) : body(items)]
    })
  )
}

export const insights = repositoryPage("insights", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const title = "Insights"
    if ((yield* listBranches(open, { limit: 1 })).items.length === 0) {
      return { title, body: h(Empty, { title: "Nothing was pushed here yet" }) }
    }
    const reference = asked("ref")
    const at: At = { repository, reference }
    const refs = yield* refsOf(open, reference)
    const { activity, coupling, hotspots, languages, ownership } = yield* Effect.all(
      {
        activity: read(open, reference, "activity"),
        coupling: read(open, reference, "coupling"),
        hotspots: read(open, reference, "hotspots"),
        languages: read(open, reference, "languages"),
        ownership: read(open, reference, "ownership")
      },
      { concurrency }
    )
    return {
      title,
      body: h(
        Fragment,
        null,
        h(
          "div",
          { class: "bar" },
          h(RefPicker, { open, refs, page: "insights", parameters: {} }),
          h(Link, { to: repositoryAddress(repository, "storage"), class: "button end" }, "Storage")
        ),
        part("activity", activity, (items) => h(Activity, { items })),
        part("languages", languages, (items) => h(Languages, { items })),
        part("hotspots", hotspots, (items) => h(Hotspots, { ...at, items: items.filter((item) => "path" in item) })),
        part("coupling", coupling, (items) => h(Coupling, { ...at, items })),
        part("ownership", ownership, (items) => h(Ownership, { ...at, items }))
      )
    }
  })
)
