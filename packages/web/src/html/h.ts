/** Makes the elements of pages: the one function through which all of them go, typed by what each element takes. */
import { type ComponentChildren, createElement, type JSX, type VNode } from "preact"

type Without<Taken, Names extends PropertyKey> = Taken extends unknown ? Omit<Taken, Names> : never

type Attributes<Tag extends keyof JSX.IntrinsicElements> = Without<
  JSX.IntrinsicElements[Tag],
  "dangerouslySetInnerHTML" | "style"
> & { readonly [name: `data-${string}`]: string | undefined }

type Own<Properties> = Omit<Properties, "children">

/** Makes an element, or lets a component make it. Inline styles and HTML as text are no attributes here. */
export function h<Tag extends keyof JSX.IntrinsicElements>(
  tag: Tag,
  attributes: Attributes<Tag> | null,
  ...children: ReadonlyArray<ComponentChildren>
): VNode
export function h<Properties extends object>(
  component: (properties: Properties) => ComponentChildren,
  properties: Own<Properties> | null,
  ...children: ReadonlyArray<ComponentChildren>
): VNode
export function h(
  type: string | ((properties: never) => ComponentChildren),
  properties: object | null,
  ...children: ReadonlyArray<ComponentChildren>
): VNode {
  return createElement(type as string, properties, ...children) as VNode
}
