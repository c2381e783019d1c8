/** `musehub clone`: a folder with everything that a repository holds, as the muse client would make it. */
import { clone as cloneRepository } from "@musehub/client/operation/clone"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { readClientToken } from "../config/Configuration.ts"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { tokenFlag } from "./transfer/flags.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { watched } from "./transfer/progressView.ts"

/** The last segment of a URL, as the folder's name. */
const nameIn = (url: string): Option.Option<string> => {
  const name = url.replace(/\/+$/, "").split(/[/\\]/).at(-1) ?? ""
  return /^[^.:?#%][^:?#%]*$/.test(name) ? Option.some(name) : Option.none()
}

export const clone = Command.make(
  "clone",
  {
    url: Argument.String("URL").pipe(Argument.withDescription("Where the repository is: https://hub/owner/name")),
    directory: Argument.String("DIR").pipe(
      Argument.withDescription(
        "A folder that is empty, not there yet, or holds an interrupted clone; default: the name"
      ),
      Argument.optional
    ),
    token: tokenFlag
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const token = yield* readClientToken(given.token)
    const { url } = given
    const directory = Option.getOrElse(
      Option.orElse(given.directory, () => nameIn(url)),
      () => "repository"
    )
    const cloned = yield* watched({ verb: "receiving", hidden: json }, (onProgress) =>
      cloneRepository({ url, directory, token, onProgress })
    )
    const { branch, branches, bytes, filesWritten, head, objects, resumed } = cloned
    yield* print(
      json,
      { directory: cloned.directory, branch, head, branches, objects, bytes, filesWritten, resumed },
      `${resumed ? "finished the clone in" : "cloned into"} ${shown(cloned.directory)}: ` +
        `${objects} objects, ${bytesText(bytes)}; ` +
        (head === null ? "the repository is empty" : `${shown(branch)} is at ${head}`)
    )
  })
).pipe(
  Command.withDescription(
    "Clone a repository of a hub into a folder that the muse client can go on working in. Interrupted, the " +
      "same command goes on where it stopped. With --json: directory, branch, head (or null), branches, " +
      "objects, bytes, filesWritten, resumed."
  ),
  Command.withShortDescription("Clone a repository, or finish an interrupted clone"),
  Command.withExamples([
    { command: "musehub clone https://hub.example/ada/symphony", description: "Into the folder symphony" },
    {
      command: "MUSEHUB_TOKEN=… musehub clone https://hub.example/ada/secret work",
      description: "A private one, into the folder work"
    }
  ])
)
