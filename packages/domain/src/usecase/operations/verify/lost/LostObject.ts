/** Objects that a repository should have, and of which it has no right bytes. */
import { orDefault } from "../../../../base/expected.ts"
import type { ObjectName } from "../../../../invariant/packs/Packs.ts"
import type { CanonicalObject } from "../../../../object/CanonicalObject.ts"
import type { Sha256 } from "../../../../object/Id.ts"

/** An object that is lost, or that a pack has with wrong bytes. */
export type LostObject = ObjectName & {
  /** The hash of its bytes, as a directory or a row says; undefined where none is left that says it. */
  readonly sha256: Sha256 | undefined
  /** The named pack that has wrong bytes of it; undefined if no named pack has it. */
  readonly pack: Sha256 | undefined
}

/** Returns the type and the id of an object as one text. */
export const nameText = ({ id, type }: Pick<ObjectName, "id" | "type">): string => `${type} ${id}`

/** The objects that are still being looked for. */
export class WantedObjects {
  readonly #names = new Map<string, ObjectName>()
  /** What directories and rows say of their bytes. */
  readonly #hashes = new Map<string, Set<Sha256>>()

  constructor(lost: ReadonlyArray<LostObject>) {
    for (const object of lost) {
      const key = nameText(object)
      this.#names.set(key, object)
      if (object.sha256 === undefined) continue
      const hashes = orDefault(this.#hashes.get(key), new Set<Sha256>())
      this.#hashes.set(key, hashes.add(object.sha256))
    }
  }

  get size(): number {
    return this.#names.size
  }

  get names(): ReadonlyArray<ObjectName> {
    return [...this.#names.values()]
  }

  /** Says whether an object is looked for, and has the bytes that a directory or a row says, where one is left. */
  isProven(object: CanonicalObject): boolean {
    const key = nameText(object)
    const hashes = this.#hashes.get(key)
    return this.#names.has(key) && (hashes === undefined || hashes.has(object.sha256))
  }

  /** Says whether an object is looked for, and a directory or a row says that it has these bytes. */
  isSaid(object: CanonicalObject): boolean {
    const key = nameText(object)
    return this.#names.has(key) && this.#hashes.get(key)?.has(object.sha256) === true
  }

  /** Looks for an object no more. */
  delete(object: Pick<ObjectName, "id" | "type">): void {
    this.#names.delete(nameText(object))
  }
}
