/** `musehub object`: gets single objects out of the store, without the index. */
import { Command } from "effect/cli"
import { locate } from "./locate.ts"
import { show } from "./show.ts"

export const object = Command.make("object").pipe(
  Command.withDescription("Print a stored object, or where it is. Works on the object store alone, without the index"),
  Command.withSubcommands([show, locate])
)
