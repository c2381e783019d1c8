/** Requests to the object store, by the classes that providers charge for, and the bytes that come back. */

export const requestClasses = ["list", "get", "head", "put", "delete"] as const
export type RequestClass = (typeof requestClasses)[number]

export class Requests implements Record<RequestClass, number> {
  list = 0
  get = 0
  head = 0
  put = 0
  delete = 0
  /** Bytes that are read. */
  bytes = 0

  /** Adds the listing of a collection, in pages of 1,000 names at least. */
  listed(names: number): void {
    this.list += Math.max(1, Math.ceil(names / 1000))
  }

  /** Adds reads of so many bytes together. */
  read(bytes: number, times = 1): void {
    this.get += times
    this.bytes += bytes
  }
}
