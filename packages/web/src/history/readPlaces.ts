/** Where the objects of a commit are stored. */
import type { ObjectName } from "@musehub/domain/invariant/packs/Packs"
import type { Commit } from "@musehub/domain/object/Commit"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { locateObjects, type LocatedObject } from "@musehub/domain/usecase/fetch/locateObject"
import { Effect, Result } from "effect"
import type { VNode } from "preact"
import { h } from "../html/h.ts"
import { countText, Hash } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Fact, Facts } from "./Facts.ts"

/** Files whose blobs are looked for. */
const filesMax = 20

interface Placed {
  readonly name: ObjectName
  /** Of a blob, a path that it has. */
  readonly path: string | undefined
  readonly place: LocatedObject | undefined
}

const factsOf = ({ block, path, sha256, size }: LocatedObject): ReadonlyArray<Fact> => [
  ["Key", h("code", null, path)],
  ...(block === null
    ? []
    : ([
        ["Block", `number ${block.number}, ${countText(block.length, "byte")} from ${block.start} on`],
        ["Offset", `${block.offset} of the ${countText(block.contentLength, "byte")} in the block`]
      ] satisfies ReadonlyArray<Fact>)),
  ["Size", countText(size, "byte")],
  ["SHA-256", h("code", null, sha256)]
]

const Placement = ({ name: { id, type }, path, place }: Placed): VNode =>
  h(
    "li",
    null,
    h(
      "strong",
      null,
      type,
      path === undefined ? " " : [" of ", h(Name, { text: path, max: 200 }), " "],
      h(Hash, { id })
    ),
    place === undefined
      ? h("p", { class: "warm" }, "The packs that the repository names do not have it.")
      : h(Facts, { facts: factsOf(place) })
  )

/** Finds where a commit, its snapshot and the blobs that it brought are stored, those of the first of `files`. */
export const readPlaces = Effect.fnUntraced(function* (
  open: OpenRepository,
  { id, snapshotId }: Commit,
  files: ReadonlyArray<FileDiff>
) {
  const brought = files.flatMap(({ after, path }) => (after === undefined ? [] : [{ id: after, path }]))
  const named: ReadonlyArray<Omit<Placed, "place">> = [
    { name: { type: "commit", id }, path: undefined },
    { name: { type: "snapshot", id: snapshotId }, path: undefined },
    ...brought.slice(0, filesMax).map(({ id, path }) => ({ name: { type: "blob" as const, id }, path }))
  ]
  const located = yield* attempted(
    locateObjects(
      open,
      named.map(({ name }) => name)
    )
  )
  const more = Math.max(0, brought.length - filesMax)
  return h(
    "details",
    { class: "diff-file" },
    h("summary", null, "Where it is stored"),
    Result.isFailure(located)
      ? h(Refusal, { problem: located.failure })
      : h(
          "ul",
          { class: "list" },
          named.map((each, position) => h(Placement, { ...each, place: located.success[position] }))
        ),
    more === 0
      ? null
      : h("p", null, `${countText(more, "file")} more of this page ${more === 1 ? "has" : "have"} a blob.`)
  )
})
