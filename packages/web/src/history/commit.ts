/** One commit: what it says, what it changed, and where it is stored. */
import type { Commit } from "@musehub/domain/object/Commit"
import { diffCommit } from "@musehub/domain/usecase/browse/compare"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { showCommit } from "@musehub/domain/usecase/commits/readCommits"
import { locateObject, type LocatedObject } from "@musehub/domain/usecase/fetch/locateObject"
import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { FileDiffBody } from "../content/Diff.ts"
import { type Named, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { jsonText } from "../html/jsonText.ts"
import { countText, Hash, Link, Pager, Time } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"
import { listPage, nextCursor } from "../page/query.ts"
import { may, repositoryPage } from "../repository/Frame.ts"

const filesListed = 30
const deltaLengthMax = 20_000

type Fact = readonly [name: string, value: ComponentChildren]

const Facts = ({ facts }: { readonly facts: ReadonlyArray<Fact> }): VNode =>
  h(
    "dl",
    { class: "facts" },
    facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)])
  )

const fact = (name: string, value: string): ReadonlyArray<Fact> =>
  value === "" ? [] : [[name, h(Name, { text: value })]]

/** What a commit says of how it was made. */
const factsOf = (repository: Named, { id, parents, record }: Commit): ReadonlyArray<Fact> => [
  ["Commit", h("code", null, id)],
  ...parents.map((parent): Fact => [
    "Parent",
    h(Link, { to: repositoryAddress(repository, `commit/${parent}`) }, h(Hash, { id: parent }))
  ]),
  ["Snapshot", h(Hash, { id: record.snapshot_id })],
  ...fact("Branch", record.branch),
  ...fact("Agent", record.agent_id),
  ...fact("Model", record.model_id),
  ...fact("Toolchain", record.toolchain_id),
  ...fact("Prompt", record.prompt_hash),
  ...fact("Signed by", record.signer_key_id),
  ...fact("Version step", record.sem_ver_bump === "none" ? "" : record.sem_ver_bump),
  ...record.breaking_changes.slice(0, 50).flatMap((change) => fact("Breaking", change)),
  ...record.reviewed_by.slice(0, 50).flatMap((reviewer) => fact("Reviewed by", reviewer)),
  ...(record.test_runs > 0 ? fact("Test runs", String(record.test_runs)) : [])
]

const placeOf = ({ block, path, sha256, size }: LocatedObject): ReadonlyArray<Fact> => [
  ["Key", h("code", null, path)],
  ...(block === null
    ? []
    : ([
        ["Block", `number ${block.number}, ${block.length} bytes from ${block.start} on`],
        ["Offset", `${block.offset} of the ${block.contentLength} bytes in the block`]
      ] satisfies ReadonlyArray<Fact>)),
  ["Size", countText(size, "byte")],
  ["SHA-256", h("code", null, sha256)]
]

/** A list of files that differ, in one column or side by side. */
export const Files = ({
  files,
  here,
  split
}: {
  readonly files: ReadonlyArray<FileDiff>
  /** Returns the address of this page with another form. */
  readonly here: (view: "split" | undefined) => string
  readonly split: boolean
}): VNode =>
  h(
    Fragment,
    null,
    h(
      "div",
      { class: "bar" },
      h("span", { class: "meta" }, countText(files.length, "file")),
      h(Link, { to: here(split ? undefined : "split"), class: "button end" }, split ? "One column" : "Side by side")
    ),
    files.map((file) => h(FileDiffBody, { file, split }))
  )

export const commit = repositoryPage("history", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const { id = "" } = yield* HttpRouter.params
    const found = yield* showCommit(open, id)
    const diff = yield* diffCommit(open, { commit: found.id }, yield* listPage(asked, filesListed))
    const next = yield* nextCursor(diff)
    const { owner, slug } = repository
    const located = yield* locateObject(owner, slug, { type: "commit", id: found.id })
    const { record } = found
    const message = record.message.slice(firstLine(record.message).length).trim()
    const view = asked("view") === "split" ? "split" : undefined
    const page = `commit/${found.id}`
    const delta = record.structured_delta ?? null
    return {
      title: firstLine(record.message),
      body: h(
        Fragment,
        null,
        h("h2", null, h(Name, { text: firstLine(record.message) })),
        h(
          "p",
          { class: "meta" },
          h(Name, { text: record.author }),
          " · ",
          h(Time, { at: record.committed_at }),
          " · ",
          h(Link, { to: repositoryAddress(repository, "tree", { ref: found.id }) }, "Files of this commit"),
          " · ",
          h(Link, { to: repositoryAddress(repository, "compare", { head: found.id }) }, "Compare"),
          (yield* may(open, "write"))
            ? [" · ", h(Link, { to: repositoryAddress(repository, "branches", { from: found.id }) }, "New branch here")]
            : null
        ),
        message === "" ? null : h(Prose, { text: message }),
        h("div", { class: "panel" }, h(Facts, { facts: factsOf(repository, found) })),
        delta === null
          ? null
          : h(
              "details",
              { class: "diff-file" },
              h("summary", null, "What the client says that it did"),
              h(Prose, { text: jsonText(delta, deltaLengthMax) })
            ),
        h(
          "details",
          { class: "diff-file" },
          h("summary", null, "Where it is stored"),
          h("div", { class: "panel" }, h(Facts, { facts: placeOf(located) }))
        ),
        h(Files, {
          files: diff.items,
          split: view !== undefined,
          here: (other) => repositoryAddress(repository, page, { view: other })
        }),
        h(Pager, { next: next === null ? null : repositoryAddress(repository, page, { view, cursor: next }) })
      )
    }
  })
)
