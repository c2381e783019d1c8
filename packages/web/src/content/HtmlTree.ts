/** The types of trees of HTML (hast), which have a package of types alone. */
import type { createLowlight } from "lowlight"

export type Root = ReturnType<ReturnType<typeof createLowlight>["highlight"]>

export type RootContent = Root["children"][number]

export type Element = Extract<RootContent, { readonly type: "element" }>

export type Nodes = Root | RootContent | Element["children"][number]
