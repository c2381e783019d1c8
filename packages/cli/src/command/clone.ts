/** `musehub clone`: clones a repository into a folder, as the muse client does. */
import { clone as cloneRepository } from "@musehub/client/operation/clone"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { print, shown } from "../output.ts"
import { musehub } from "./musehub.ts"
import { readCredentials } from "./transfer/credentials.ts"
import { tokenFlag } from "./transfer/flags.ts"
import { bytesText } from "./transfer/progressLine.ts"
import { warnOfRefused } from "./transfer/refusedFiles.ts"
import { watched } from "./transfer/progressView.ts"

/** Returns the last segment of a URL, if it can name a folder. */
const nameIn = (url: string): Option.Option<string> => {
  const name = url.replace(/\/+$/, "").split(/[/\\]/).at(-1) ?? ""
  return /^[^.:?#%][^:?#%]*$/.test(name) ? Option.some(name) : Option.none()
}

export const clone = Command.make(
  "clone",
  {
    url: Argument.String("URL").pipe(Argument.withDescription("The repository's address: https://hub/owner/name")),
    directory: Argument.String("DIR").pipe(
      Argument.withDescription(
        "A folder that is empty, missing, or holds an interrupted clone; default: the repository's name"
      ),
      Argument.optional
    ),
    token: tokenFlag
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const credentials = yield* readCredentials(given.token)
    const { url } = given
    const directory = Option.getOrElse(
      Option.orElse(given.directory, () => nameIn(url)),
      () => "repository"
    )
    const cloned = yield* watched({ verb: "receiving", hidden: json }, (onProgress) =>
      cloneRepository({ url, directory, ...credentials, onProgress })
    )
    const { branch, branches, bytes, filesRefused, filesWritten, head, objects, resumed } = cloned
    yield* warnOfRefused(filesRefused)
    yield* print(
      json,
      {
        directory: cloned.directory,
        branch,
        head,
        branches,
        objects,
        bytes,
        filesWritten,
        filesRefused,
        resumed
      },
      `${resumed ? "finished the clone in" : "cloned into"} ${shown(cloned.directory)}: ` +
        `${objects} objects, ${bytesText(bytes)}; ` +
        (head === null ? "the repository is empty" : `${shown(branch)} is at ${head}`)
    )
  })
).pipe(
  Command.withDescription(
    "Clone a repository of a hub into a folder that the muse client can use. If interrupted, the " +
      "same command resumes it. With --json: directory, branch, head (or null), branches, " +
      "objects, bytes, filesWritten, filesRefused (path and reason of each file that was left out), resumed."
  ),
  Command.withShortDescription("Clone a repository, or resume an interrupted clone"),
  Command.withExamples([
    { command: "musehub clone https://hub.example/ada/symphony", description: "Into the folder symphony" },
    {
      command: "MUSEHUB_TOKEN=… musehub clone https://hub.example/ada/secret work",
      description: "A private repository, into the folder work"
    }
  ])
)
