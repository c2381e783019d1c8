/** `musehub object locate`: says where an object is stored, and which commands get it out with public tools. */
import type { LocatedObject } from "@musehub/domain/usecase/fetch/locateObject"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, print, shown } from "../../output.ts"
import { musehub, storageConfiguration, storeReaders } from "../musehub.ts"
import { extraction } from "./extraction.ts"
import { located, objectInput } from "./located.ts"

const rowsOf = ({ block, path, sha256, size }: LocatedObject) => [
  ["key", path],
  ...(block === null
    ? []
    : [
        ["block", `${block.number}, ${block.length} bytes of the pack from ${block.start} on`],
        ["offset", `${block.offset} of the ${block.contentLength} bytes that the block decompresses to`]
      ]),
  ["size", String(size)],
  ["sha256", sha256]
]

export const locate = Command.make(
  "locate",
  objectInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { objectStore } = yield* storageConfiguration
    const found = yield* located(given)
    const commands = yield* extraction(objectStore.value, found)
    const { block, key, path, sha256, size } = found
    const { id, type } = key
    yield* print(
      json,
      { type, id, key: path, block: block === null ? null : { ...block }, size, sha256, commands },
      [columns(rowsOf(found)), "", ...commands.map(shown)].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Show where an object is stored, and the commands that get its bytes out of the store with public tools alone. " +
      "With --json: type, id, key (of its pack, or its own if it is a large blob), block (number, start and length " +
      "in the pack, sha256 and contentLength of the block, offset of the object in its content; null for a large " +
      "blob), size and sha256 of the stored bytes, commands."
  ),
  Command.withShortDescription("Show where an object is stored"),
  Command.withExamples([
    {
      command:
        "musehub object locate ada/symphony blob 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
      description: "Which pack holds this file, and how to read it without a hub"
    }
  ]),
  Command.provide(storeReaders)
)
