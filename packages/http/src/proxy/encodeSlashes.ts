/**
 * Names of branches and tags are one segment of a URL, with their slashes percent-encoded. A proxy may
 * decode them, and people type them plain, so plain slashes are encoded before a request is routed.
 */
import { accessOf } from "../api/Api.ts"

interface Route {
  readonly method: string
  /** With `:name` for each parameter. */
  readonly path: string
}

interface Pattern {
  readonly method: string
  /** Matches the text before the parameter, the parameter, and the text after it. */
  readonly path: RegExp
}

/** The routes of the wire that have such a parameter. */
const wireRoutes: ReadonlyArray<Route> = [{ method: "DELETE", path: "/:owner/:slug/releases/:tag" }]

const segments = (template: string): string => template.replaceAll(/:\w+/g, "[^/]+")

const patternOf = ({ method, path }: Route): ReadonlyArray<Pattern> => {
  const [before, after] = path.split(/(?<=\/(?:branches|releases)\/):(?:name|tag)/)
  if (before === undefined || after === undefined) return []
  return [{ method, path: new RegExp(`^(${segments(before)})(.+?)(${segments(after)}/?)$`, "is") }]
}

/** Longer templates first: `branches/a/protection` is the protection of `a` where the method has such a route. */
const patterns = [...accessOf(), ...wireRoutes]
  .toSorted((one, other) => other.path.length - one.path.length)
  .flatMap(patternOf)

/** Encodes the slashes of a name in the URL of a request; returns other URLs unchanged. */
export const encodeSlashes = (method: string, url: string): string => {
  const query = url.indexOf("?")
  const path = query < 0 ? url : url.slice(0, query)
  const asked = method === "HEAD" ? "GET" : method
  const found = patterns.filter((pattern) => pattern.path.test(path))
  const pattern = found.find((one) => one.method === asked) ?? found[0]
  if (pattern === undefined) return url
  // The router takes a plain semicolon for the beginning of the query.
  const encode = (name: string) => name.replaceAll("/", "%2F").replaceAll(";", "%3B")
  return (
    path.replace(pattern.path, (_whole, before: string, name: string, after: string) => before + encode(name) + after) +
    url.slice(path.length)
  )
}
