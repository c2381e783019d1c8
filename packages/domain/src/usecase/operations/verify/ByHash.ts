/** What a repository stores under the hash of its bytes, so that a copy of it proves itself. */
import {
  documentPath,
  type DocumentKey,
  type ImmutableKey,
  immutablePath,
  type RecordKind
} from "../../../port/StoreKey.ts"

export type RecordKey = Extract<DocumentKey, { readonly kind: RecordKind }>

/** The key of a pack, a large blob, or a record that a root names. */
export type ByHash = ImmutableKey | RecordKey

export const isRecordKey = (key: ByHash): key is RecordKey => "kind" in key

export const pathByHash = (key: ByHash): string => (isRecordKey(key) ? documentPath(key) : immutablePath(key))
