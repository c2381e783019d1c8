/** The only makers of evidence, for `invariant/` alone. The import check keeps everyone else out. */
import type { ObjectType, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { Pack } from "../../repository/Pack.ts"
import { Stored, StoredDocument, type StoredDocumentValue, type StoredFields, StoredPack } from "../Stored.ts"

class MadeEvidence<T extends ObjectType> extends Stored<T> {
  static of<T extends ObjectType>(fields: StoredFields<T>): Stored<T> {
    return new MadeEvidence(fields)
  }
}

class MadeDocumentEvidence<A extends StoredDocumentValue> extends StoredDocument<A> {
  static of<A extends StoredDocumentValue>(value: A, sha256: Sha256): StoredDocument<A> {
    return new MadeDocumentEvidence(value, sha256)
  }
}

class MadePackEvidence extends StoredPack {
  static of(repository: RepositoryId, pack: Pack): StoredPack {
    return new MadePackEvidence(repository, pack)
  }
}

export const stored = <T extends ObjectType>(fields: StoredFields<T>): Stored<T> => MadeEvidence.of(fields)

export const storedDocument = <A extends StoredDocumentValue>(fields: {
  readonly value: A
  readonly sha256: Sha256
}): StoredDocument<A> => MadeDocumentEvidence.of(fields.value, fields.sha256)

export const storedPack = (repository: RepositoryId, pack: Pack): StoredPack => MadePackEvidence.of(repository, pack)
