/**
 * An object that an answer promised and that cannot be read. The answer has begun by then, so this is not a problem of
 * HTTP: it is logged, and said in the stream where its format has room for it.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Schema, Stream } from "effect"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { ObjectType, RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { ObjectMissing, type ObjectStore, RangeOutside, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "./openRepository.ts"

/** `cause` is the failed read. Its message names the key, so it is for the log. */
export class ObjectUnread extends Schema.TaggedError<ObjectUnread>()("ObjectUnread", {
  repository: RepositoryId,
  /** `owner/slug` */
  name: Schema.String,
  type: ObjectType,
  id: Schema.String,
  cause: Schema.Union([ObjectMissing, ObjectCorrupt, RangeOutside, StoreUnavailable])
}) {
  override get message() {
    return `${this.type} ${this.id} of ${this.name} (repository ${this.repository}) cannot be read`
  }
  /** Why, for clients. */
  get publicReason() {
    switch (this.cause._tag) {
      case "ObjectMissing":
        return "it is missing from the store; the hub's operator has to restore it"
      case "ObjectCorrupt":
      // The object has become shorter since its size was read.
      case "RangeOutside":
        return "its stored bytes are damaged; the hub's operator has to restore it"
      case "StoreUnavailable":
        return this.cause.publicMessage
    }
  }
  /** The failed read, for an answer that has not begun. */
  get readError(): ObjectReadError {
    const { cause } = this
    if (cause._tag !== "RangeOutside") return cause
    return new ObjectCorrupt({ key: `${this.type} ${this.id} of repository ${this.repository}`, reason: cause.message })
  }
  /** Whether the same request may succeed soon. */
  get isRetryable() {
    return this.cause._tag === "StoreUnavailable" && this.cause.isRetryable
  }
}

interface Named {
  readonly type: ObjectType
  readonly id: string
}

const unreadIn = ({ id: repository, root }: OpenRepository, { type, id }: Named) => {
  const { owner, slug } = root.value.repository
  return (cause: ObjectReadError | RangeOutside) =>
    new ObjectUnread({ repository, name: `${owner}/${slug}`, type, id, cause })
}

/** Names the object of the repository in the failures of reading it. */
export const readOf = <A, R>(open: OpenRepository, named: Named, read: Effect.Effect<A, ObjectReadError, R>) =>
  Effect.mapError(read, unreadIn(open, named))

/** Names the object of the repository in the failures of streaming it. */
export const streamOf = (
  open: OpenRepository,
  named: Named,
  content: Stream.Stream<Uint8Array, ObjectReadError | RangeOutside, ObjectStore | Packs>
) => Stream.mapError(content, unreadIn(open, named))
