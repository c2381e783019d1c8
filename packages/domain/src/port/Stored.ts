/**
 * Evidence that the canonical bytes of a value are in the object store. An index row can be made only from evidence, so
 * a row without stored bytes does not type-check. Only `invariant/` makes evidence, from a store's receipt. These are
 * types without their classes: a literal or a changed copy (`{ ...stored, value }`) does not type-check, and the
 * classes cannot be extended.
 */
export type {
  Stored,
  StoredDocument,
  StoredDocumentValue,
  StoredFields,
  StoredPack,
  StoredPackFields,
  ValueOf
} from "./internal/evidence.ts"
