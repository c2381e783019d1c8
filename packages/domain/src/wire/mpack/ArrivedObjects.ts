/**
 * Reads the objects of a stream that have arrived in full, many at once. Only those are taken that are plainly right
 * and about which the receiver need not be asked; the next other one is left to `Objects`, which takes it, asks, waits
 * or says what is wrong. An effect for each step of each object would cost more than its decoding.
 */
import { Result } from "effect"
import { atOnce } from "../../base/Slices.ts"
import { blobOf } from "../../object/Blob.ts"
import { receivingCommit } from "../../object/Commit.ts"
import { unframe } from "../../object/Frame.ts"
import { isId, type ObjectType } from "../../object/Id.ts"
import { receivingSnapshot, type SnapshotChecker } from "../../object/Snapshot.ts"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { commitValuesMax } from "../Limits.ts"
import { frameBytes, pieceOf } from "./Format.ts"
import type { History } from "./History.ts"
import type { Input } from "./Input.ts"
import type { MpackLimits } from "./limits.ts"
import { isObjectType, type MpackObject, objectElements, wholeBlob } from "./MpackObject.ts"

/** The bytes of the largest object that is read here: a moment, whatever is in it. */
const atOnceBytesMax = 64 * 1024
/** The bytes and the objects after which others get their turn. */
const batchBytes = 128 * 1024
const batchObjects = 256

interface ArrivedContext {
  readonly checker: SnapshotChecker
  readonly history: History
  readonly limits: MpackLimits
  readonly piece: number
}

export class ArrivedObjects<E> {
  readonly #input: Input<E>
  readonly #context: ArrivedContext

  constructor(input: Input<E>, context: ArrivedContext) {
    this.#input = input
    this.#context = context
  }

  /** Reads the objects that have arrived, as far as there is nothing to ask, to await or to refuse. */
  take(): ReadonlyArray<MpackObject> {
    const input = this.#input
    const { reader } = input
    const arrived: Array<MpackObject> = []
    const until = reader.offset + batchBytes
    while (reader.offset < until && arrived.length < batchObjects) {
      const offset = reader.offset
      const take = (value: MsgpackValue) => this.#taken(value, offset, reader.offset - offset)
      const object = reader.arrived(atOnceBytesMax, objectElements, take)
      if (object === undefined) break
      arrived.push(object)
    }
    if (arrived.length > 0) input.passed()
    return arrived
  }

  /**
   * Takes an object of so many bytes of the stream. Returns undefined for any that the long way would not take as it
   * is, and has then recorded nothing.
   */
  #taken(value: MsgpackValue, offset: number, bytes: number): MpackObject | undefined {
    if (!Array.isArray(value) || value.length !== objectElements) return undefined
    const [type, id, content] = value as ReadonlyArray<MsgpackValue>
    if (!isObjectType(type) || !isId(id)) return undefined
    if (!(content instanceof Uint8Array) || content.byteLength > pieceOf(type, this.#context.piece)) return undefined
    const object = this.#decoded(type, content, offset)
    if (object?.id !== id) return undefined
    // Every longer spelling of the head takes more bytes.
    const stored = object.type === "blob" ? object.size : content.byteLength
    return bytes === frameBytes(type, stored) && this.#context.history.take(object, content.byteLength)
      ? object
      : undefined
  }

  /** Decodes an object if the receiver need not be asked about what it needs. */
  #decoded(type: ObjectType, bytes: Uint8Array, offset: number): MpackObject | undefined {
    const { checker, history, limits } = this.#context
    switch (type) {
      case "blob": {
        const content = unframe("blob", bytes)
        if (Result.isFailure(content) || content.success.byteLength > limits.blobBytes) return undefined
        return wholeBlob(blobOf(content.success), content.success, offset)
      }
      case "snapshot": {
        if (bytes.byteLength > limits.snapshotBytes) return undefined
        const decoded = atOnce(receivingSnapshot(bytes, checker))
        if (Result.isFailure(decoded)) return undefined
        const { sealing, value } = decoded.success
        if (atOnce(history.unknownToSnapshot(value)) !== undefined) return undefined
        return { type, id: value.id, offset, snapshot: value, bytes, sealing }
      }
      case "commit": {
        if (bytes.byteLength > Math.min(limits.commitBytes, commitValuesMax)) return undefined
        const decoded = atOnce(receivingCommit(bytes))
        if (Result.isFailure(decoded)) return undefined
        const { sealing, value } = decoded.success
        if (history.unknownToCommit(value) !== undefined) return undefined
        return { type, id: value.id, offset, commit: value, bytes, sealing }
      }
    }
  }
}
