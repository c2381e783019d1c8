/**
 * Semantic Versioning 2.0.0: the form of a version, and the order of two by precedence. The package `semver` reads the
 * environment, which the domain does not.
 */
import { byText } from "./byText.ts"

const number = String.raw`(?:0|[1-9]\d*)`
const dotted = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`

/** The source of a regular expression for a version. */
export const semVerSource = String.raw`${number}\.${number}\.${number}(?:-${dotted})?(?:\+${dotted})?`

const isNumber = (identifier: string): boolean => /^\d+$/.test(identifier)

/** Compares numbers of any length, which may have leading zeros in a pre-release. */
const byNumber = (a: string, b: string): number => {
  const [left, right] = [a.replace(/^0+(?=\d)/, ""), b.replace(/^0+(?=\d)/, "")]
  return left.length - right.length || byText(left, right)
}

/** Numbers come before text. */
const byIdentifier = (a: string, b: string): number =>
  isNumber(a) ? (isNumber(b) ? byNumber(a, b) : -1) : isNumber(b) ? 1 : byText(a, b)

/** Compares lists item by item; a longer list that begins with a shorter one comes after it. */
const byItems = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  for (const [place, left] of a.entries()) {
    const right = b[place]
    if (right === undefined) return 1
    const order = byIdentifier(left, right)
    if (order !== 0) return order
  }
  return a.length - b.length
}

const parts = (version: string) => {
  const [withoutBuild = ""] = version.split("+", 1)
  const [core = "", ...pre] = withoutBuild.split("-")
  return { core: core.split("."), pre: pre.length === 0 ? undefined : pre.join("-").split(".") }
}

/** Returns a negative number if `a` is older than `b`, a positive one if it is newer, 0 if only their builds differ. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [parts(a), parts(b)]
  const order = byItems(left.core, right.core)
  if (order !== 0) return order
  if (left.pre === undefined || right.pre === undefined) {
    return Number(left.pre === undefined) - Number(right.pre === undefined)
  }
  return byItems(left.pre, right.pre)
}
