/** Errors of an object that arrives from outside or is read back damaged. */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { cut } from "../base/text/cut.ts"
import { ObjectType } from "./Id.ts"

/** The object has the wrong shape: a field is missing, has the wrong type, or holds a value that clients cannot use. */
export class ObjectRefused extends Schema.TaggedError<ObjectRefused>()("ObjectRefused", {
  kind: errorKind("refused"),
  type: ObjectType,
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.type} ${cut(this.id, 64)}: ${this.reason}`
  }
}

/** The id sent with the object is not the one computed from its content. */
export class IdMismatch extends Schema.TaggedError<IdMismatch>()("IdMismatch", {
  kind: errorKind("refused"),
  type: ObjectType,
  given: Schema.String,
  computed: Schema.String
}) {
  static readonly details = ["type", "given", "computed"] as const
  override get message() {
    return `${this.type} id ${cut(this.given, 64)} is wrong: the content gives ${this.computed}`
  }
}

/** A streamed blob's bytes did not have the promised length or hash, or could not be read to the end. */
export class ContentRefused extends Schema.TaggedError<ContentRefused>()("ContentRefused", {
  kind: errorKind("refused"),
  id: Schema.String,
  reason: Schema.String,
  /** Why the bytes could not be read, where that was the reason. */
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `blob ${this.id}: ${this.reason}`
  }
}

/** The stored bytes do not match their key: the store was damaged, or written to past the hub. Needs an operator. */
export class ObjectCorrupt extends Schema.TaggedError<ObjectCorrupt>()("ObjectCorrupt", {
  kind: errorKind("damaged"),
  key: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the stored bytes of ${this.key} are damaged: ${this.reason}`
  }
  /** Text for clients; the key is for operators. */
  get publicMessage() {
    return "the store holds damaged bytes where this needs whole ones; the hub's operator has to restore them"
  }
}
