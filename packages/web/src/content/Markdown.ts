/** Shows Markdown. HTML in it is left out, and what its links and pictures lead to is decided here. */
import type { Element, Root } from "./HtmlTree.ts"
import type { Components } from "hast-util-to-jsx-runtime"
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"
import { Link } from "../html/parts.ts"
import { elementsOf } from "./elements.ts"

/** What a document leads to, by paths in its repository. */
export interface Surroundings {
  /** The folder of the document; empty for the root. */
  readonly folder: string
  /** Returns the address of the page of a file or folder. */
  readonly page: (path: string) => string
  /** Returns the address of a picture; undefined for a file that is not shown as one. */
  readonly picture: (path: string) => string | undefined
}

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"]
/** A document stands below the heading of its file. */
const levelFirst = 3

/** Gives headings the level that they have on the page: none is more than one below the one before it. */
const relevelled = (document: Root): Root => {
  const tree = structuredClone(document)
  let last = levelFirst - 1
  const visit = ({ children }: Root | Element): void => {
    for (const child of children) {
      if (child.type !== "element") continue
      const level = headings.indexOf(child.tagName)
      if (level >= 0) {
        last = Math.min(level + levelFirst, last + 1, headings.length)
        child.tagName = `h${last}`
      }
      visit(child)
    }
  }
  visit(tree)
  return tree
}

const isElsewhere = (address: string): boolean => /^(https?:|mailto:)/i.test(address)

/** Returns the path that an address in a document means; undefined for one that is no path, or leads outside. */
const pathOf = (folder: string, address: string): string | undefined => {
  const [relative = ""] = address.split(/[?#]/, 1)
  if (relative === "" || /^[a-z][a-z0-9+.-]*:/i.test(relative) || relative.startsWith("//")) return undefined
  const base = new URL(`file:///${folder === "" ? "" : `${folder.split("/").map(encodeURIComponent).join("/")}/`}`)
  if (!URL.canParse(relative, base)) return undefined
  try {
    return decodeURIComponent(new URL(relative, base).pathname.slice(1))
  } catch {
    // An escape that is no UTF-8 is no path of a repository.
    return undefined
  }
}

type Properties = Readonly<Record<string, unknown>>

const text = (value: unknown): string => (typeof value === "string" ? value : "")

const componentsOf = ({ folder, page, picture }: Surroundings): Partial<Components> => {
  const link = ({ children, href }: Properties): VNode => {
    const address = text(href)
    const content = children as ComponentChildren
    if (isElsewhere(address)) return h("a", { href: address, rel: "nofollow noopener noreferrer" }, content)
    if (address.startsWith("#")) return h("a", { href: address }, content)
    const path = pathOf(folder, address)
    return path === undefined ? h("span", null, content) : h(Link, { to: page(path) }, content)
  }
  const image = ({ alt, src }: Properties): VNode => {
    const [address, name] = [text(src), text(alt) === "" ? "picture" : text(alt)]
    const path = isElsewhere(address) ? undefined : pathOf(folder, address)
    const own = path === undefined ? undefined : picture(path)
    if (own !== undefined) return h("img", { src: own, alt: text(alt), loading: "lazy" })
    // Nothing is loaded from elsewhere; a reader may go there.
    return isElsewhere(address)
      ? h("a", { href: address, rel: "nofollow noopener noreferrer" }, `[${name}]`)
      : h("span", null, `[${name}]`)
  }
  const box = ({ checked }: Properties): VNode =>
    h("span", { role: "img", "aria-label": checked === true ? "done" : "to do" }, checked === true ? "☑" : "☐")
  // The library types components as those of React, and preact makes these.
  return { a: link, img: image, input: box } as unknown as Partial<Components>
}

/** Shows the tree of a document, whose HTML was left out when it was read. */
export const Markdown = ({ surroundings, tree }: { readonly tree: Root; readonly surroundings: Surroundings }): VNode =>
  h("div", { class: "prose", dir: "auto" }, elementsOf(relevelled(tree), componentsOf(surroundings)))
