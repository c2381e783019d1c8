/** `musehub repo export`: writes the branches of a repository with their history into a file. */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Meter } from "@musehub/client/Progress"
import { orDefault } from "@musehub/domain/base/expected"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { exportHistory } from "@musehub/domain/usecase/repositories/exportHistory"
import { holdsNothing } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Effect, Stream } from "effect"
import { Argument, Command } from "effect/cli"
import { createReadStream } from "node:fs"
import { counted, print, shown } from "../../../output.ts"
import { musehub, presentStorage } from "../../musehub.ts"
import { goingOn } from "../../operation/goingOn.ts"
import { repositoryInput } from "../../repository.ts"
import { bytesText } from "../../transfer/progressLine.ts"
import { watched } from "../../transfer/progressView.ts"
import { FileFailed, writeNewFile } from "../../../newFile.ts"

/** Reads a file that holds a stream. */
export const fileStream = (path: string): Stream.Stream<Uint8Array, FileFailed> =>
  NodeStream.fromReadable({
    evaluate: () => createReadStream(path),
    onError: (cause) => new FileFailed({ what: `the file ${path} cannot be read`, cause })
  })

/** Counts the bytes of a stream as they pass. */
export const counting = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>, meter: Meter) =>
  Stream.tap(bytes, ({ byteLength }) => Effect.sync(() => meter.passed(0, byteLength)))

/** Reads a stream to its trailer: every object, its id and form, and the hash of the whole. */
const verifyFile = Effect.fnUntraced(function* (path: string, meter: Meter) {
  // As many bytes as were written.
  meter.promised(0, meter.progress.bytes)
  const { objects } = yield* readMpack(counting(fileStream(path), meter), { holds: holdsNothing })
  yield* Stream.runDrain(objects)
}, Effect.scoped)

export const exportCommand = Command.make(
  "export",
  {
    repository: repositoryInput.repository,
    file: Argument.String("FILE").pipe(Argument.withDescription("A file that does not exist yet"))
  },
  Effect.fn(function* ({ file, repository: { owner, rest } }) {
    const { json } = yield* musehub
    const open = yield* openRepository(owner, rest, actingAs(owner), "read")
    const { content, header } = yield* exportHistory(open)
    const { blobs, bytes, commits, heads, snapshots } = header
    yield* watched({ verb: "exporting", hidden: json }, (onProgress) => {
      const meter = new Meter(orDefault(onProgress, () => undefined))
      meter.promised(0, 2 * bytes)
      return writeNewFile(file, counting(content, meter), (written) => verifyFile(written, meter))
    }).pipe(goingOn("no file was written: run it again"))
    yield* print(
      json,
      { file, branches: heads.size, commits, snapshots, blobs, bytes },
      `${shown(file)}: ${counted(heads.size, "branch")}, ${counted(commits, "commit")}, ` +
        `${counted(snapshots, "snapshot")}, ${counted(blobs, "blob")}, ${bytesText(bytes)}, read back and verified`
    )
  })
).pipe(
  Command.withDescription(
    "Write all branches of a repository, with their whole history, into one file in the form of docs/mpack.md. It is " +
      "read back and verified before it gets its name. Tags, releases, proposals, remarks, settings are not in it: " +
      "a copy of the object store has them. With --json: file, branches, commits, snapshots, blobs, bytes."
  ),
  Command.withShortDescription("Write the history of a repository into a file"),
  Command.withExamples([
    { command: "musehub repo export ada/symphony symphony.mpack", description: "All branches of ada/symphony" }
  ]),
  Command.provide(presentStorage)
)
