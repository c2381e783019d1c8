/** The names of what is dropped from packs: they stay in memory when the look at the repository does not. */
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import { TextNumbers } from "../../../base/TextNumbers.ts"
import type { ObjectType } from "../../../object/Id.ts"
import { marks, type ObjectTable } from "../verify/packs/ObjectTable.ts"

/** Says whether something leads to an object of a table. One that several packs have is marked where it is first. */
export const isReached = (table: ObjectTable, type: ObjectType, id: string): boolean => {
  const first = table.find(type, id)
  return first !== undefined && table.isMarked(first, marks.reached)
}

export class DroppedObjects {
  readonly #ids: Readonly<Record<ObjectType, TextNumbers>>

  private constructor(ids: Readonly<Record<ObjectType, TextNumbers>>) {
    this.#ids = ids
  }

  /** Notes the objects of a table that nothing leads to. */
  static *gathering(table: ObjectTable): Slices<DroppedObjects> {
    const ids = { blob: new TextNumbers(), snapshot: new TextNumbers(), commit: new TextNumbers() }
    for (let number = 0; number < table.size; number += 1) {
      if ((number + 1) % sliceEntries === 0) yield
      const { id, type } = table.placeOf(number).object
      if (!isReached(table, type, id)) ids[type].add(id)
    }
    return new DroppedObjects(ids)
  }

  has({ id, type }: { readonly type: ObjectType; readonly id: string }): boolean {
    return this.#ids[type].find(id) !== undefined
  }
}
