/**
 * Evidence that the canonical bytes of a value are in the object store. An index row can be made from nothing else, so
 * a row without bytes does not type-check. Only `invariant/` makes evidence, from a store's receipt. These are types
 * without their classes: neither a literal nor a changed copy (`{ ...stored, value }`) is evidence, and there is
 * nothing to extend.
 */
export type {
  Stored,
  StoredDocument,
  StoredDocumentValue,
  StoredFields,
  StoredPack,
  ValueOf
} from "./internal/evidence.ts"
