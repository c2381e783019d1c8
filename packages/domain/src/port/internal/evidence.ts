/** The only makers of evidence, for `invariant/` alone. The import check keeps everyone else out. */
import type { ObjectType } from "../../object/Id.ts"
import type { Root } from "../../repository/Root.ts"
import type { Token } from "../../repository/Token.ts"
import type { User } from "../../repository/User.ts"
import type { Stored, StoredDocument } from "../Stored.ts"

export const stored = <T extends ObjectType>(
  fields: Pick<Stored<T>, "repository" | "type" | "id" | "value" | "size" | "sha256" | "storageUri" | "created">
): Stored<T> => fields as Stored<T>

export const storedDocument = <A extends Root | User | Token>(
  fields: Pick<StoredDocument<A>, "value" | "sha256">
): StoredDocument<A> => fields as StoredDocument<A>
