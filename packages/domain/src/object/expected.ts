/**
 * Returns a value that must be there by the code's own rules, and throws if it is absent, which ends the request as a
 * defect. An empty value in its place (`?? []`, `?? new Map()`) would turn the bug into damage: a commit recorded as
 * bringing no blobs, a tree without files.
 * @param what names the value in the cause, like "the manifest of snapshot 5f2c…"
 */
export const expected = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new Error(`expected ${what}, which is absent`)
  return value
}
