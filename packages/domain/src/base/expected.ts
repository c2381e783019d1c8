/** Two ways to handle a value that a lookup did not find: its absence is either a bug or a valid answer. */

/**
 * Returns a value that must be present by the code's own rules. Throws if it is absent, which ends the request as a
 * defect. An empty value in its place (`?? []`, `?? new Map()`) would turn the bug into damage: a commit recorded as
 * introducing no blobs, or a tree without files.
 * @param what names the value in the cause, like "the manifest of snapshot 5f2c…"
 */
export const expected = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new Error(`expected ${what}, which is absent`)
  return value
}

/** Returns an element of a list that must be there, like `expected`, for places that the code has computed. */
export const elementAt = <A>(list: ArrayLike<A>, place: number): A => {
  const element = list[place]
  if (element === undefined) throw new Error(`expected an element at ${place} of ${list.length}, which is absent`)
  return element
}

/** Returns a default where absence means something, like a commit without remarks. */
export const orDefault = <A, B>(value: A | null | undefined, otherwise: B): NonNullable<A> | B => value ?? otherwise
