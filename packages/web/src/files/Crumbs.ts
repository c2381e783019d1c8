/** The way to a file or folder, from the root of its repository. */
import type { VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link } from "../html/parts.ts"
import { Name } from "../html/visible.ts"

/** Folders on the way that are links; a deeper path shows those before them as text. */
const stepsMax = 40

export const Crumbs = ({
  path,
  reference,
  repository
}: {
  readonly repository: Named
  readonly reference: string | undefined
  readonly path: string
}): VNode => {
  const names = path === "" ? [] : path.split("/")
  const folders = names.slice(0, -1).slice(-stepsMax)
  const skipped = names.slice(0, Math.max(0, names.length - 1 - stepsMax))
  return h(
    "p",
    { class: "crumbs" },
    h(Link, { to: repositoryAddress(repository, "tree", { ref: reference }) }, repository.slug),
    skipped.length === 0 ? null : [" / ", h(Name, { text: skipped.join("/") })],
    folders.map((name, place) => {
      const folder = names.slice(0, skipped.length + place + 1).join("/")
      return [
        " / ",
        h(
          Link,
          { to: repositoryAddress(repository, "tree", { ref: reference, path: folder }) },
          h(Name, { text: name })
        )
      ]
    }),
    names.length === 0 ? null : [" / ", h(Name, { text: names.at(-1) ?? "" })]
  )
}
