/** Makes elements of trees of HTML (hast). What is text there stays text, and what is hidden in it is named. */
import type { Nodes } from "./HtmlTree.ts"
import { type Components, toJsxRuntime } from "hast-util-to-jsx-runtime"
import { type ComponentChildren, createElement, Fragment, type VNode } from "preact"
import { visible } from "../html/visible.ts"

type Children = string | ComponentChildren | ReadonlyArray<string | ComponentChildren>

const shown = (children: Children): ComponentChildren =>
  Array.isArray(children)
    ? children.map((child: ComponentChildren) => (typeof child === "string" ? visible(child) : child))
    : typeof children === "string"
      ? visible(children)
      : (children as ComponentChildren)

const element = (type: unknown, { children, ...properties }: { readonly children?: Children }, key?: string) =>
  createElement(type as string, { ...properties, ...(key === undefined ? {} : { key }) }, shown(children)) as VNode

/** Returns the elements of a tree; `components` make those of their names. */
export const elementsOf = (tree: Nodes, components: Partial<Components> = {}): VNode =>
  toJsxRuntime(tree, {
    Fragment,
    jsx: element,
    jsxs: element,
    components,
    elementAttributeNameCase: "html",
    // An inline style would be refused by the policy of the page.
    tableCellAlignToStyle: false
  }) as VNode
