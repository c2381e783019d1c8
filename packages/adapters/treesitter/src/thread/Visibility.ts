/** Whether others may use a symbol, by the rule of its language. What is in a private symbol is private too. */
import type { SymbolKind } from "@musehub/domain/port/extractor/Extraction"

/** What a rule looks at. */
export interface Declared {
  readonly name: string
  /** What is named before it, such as the type of a receiver. */
  readonly owner: string | undefined
  readonly kind: SymbolKind
  /** Its text up to its name without literals, and what is just before it. */
  readonly head: string
  readonly before: string
  /** What it is directly in; `module` for the file. */
  readonly around: SymbolKind | "local" | "scope"
  /** Whether that is the implementation of a trait. */
  readonly isOfTrait: boolean
  /** Whether it is exported where it is declared, or elsewhere by its name. */
  readonly isExported: boolean
  /** The access that was named last before it. */
  readonly access: string | undefined
}

export type Visibility = (declared: Declared) => boolean

const isHidden = /\b(?:private|protected)\b/
const isOpen = /\bpublic\b/
const isCapital = /^\p{Lu}/u

/** Exported; of members, neither `private` nor `protected` nor `#name`. */
export const exported: Visibility = ({ around, head, isExported, name }) =>
  around === "module" ? isExported : !name.startsWith("#") && !isHidden.test(head)

/** Without a leading underscore, or with two at both ends. */
export const withoutUnderscore: Visibility = ({ name }) => !name.startsWith("_") || /^__.*__$/.test(name)

/** With a capital letter, which the type of a receiver has too. */
export const capitalized: Visibility = ({ name, owner }) =>
  isCapital.test(name) && (owner === undefined || isCapital.test(owner))

/** `pub` without a restriction; what belongs to a trait is as public as that. Macros are `#[macro_export]`. */
export const pub: Visibility = ({ around, before, head, isOfTrait }) =>
  head.startsWith("macro_rules!")
    ? /#\[macro_export[^\]]*\]\s*$/.test(before)
    : around === "trait" || isOfTrait || /\bpub\b(?!\s*\()/.test(head)

/** `public`; in an interface what is not `private`. Namespaces are. */
export const publicModifier: Visibility = ({ around, head, kind }) =>
  kind === "module" || (around === "interface" ? !isHidden.test(head) : isOpen.test(head))

/** Neither `private` nor `protected`. */
export const withoutModifier: Visibility = ({ head }) => !isHidden.test(head)

/** In the `public` part of a class or struct; elsewhere what is not `static`. */
export const accessSpecifier: Visibility = ({ access, around, head }) =>
  around === "class" || around === "struct"
    ? (access ?? (around === "class" ? "private" : "public")) === "public"
    : !/\bstatic\b/.test(head)

/** Neither after `private` or `protected`, nor directly behind one of them. */
export const accessCall: Visibility = ({ access, before }) =>
  (access === undefined || access === "public") && !/\b(?:private|protected)\s+$/.test(before)

/** Everything: the language has no rule. */
export const everything: Visibility = () => true
