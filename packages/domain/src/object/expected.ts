/** What to do about a value that a lookup did not find: either it is a bug, or its absence means something. */

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

/** Returns another value in place of one whose absence means something, like remarks that nobody made. */
export const orDefault = <A, B>(value: A | null | undefined, otherwise: B): NonNullable<A> | B => value ?? otherwise
