/** What a rebuild tells while it runs: losses on stdout, repositories and its progress on stderr. */
import { Meter, type OnProgress } from "@musehub/client/Progress"
import { fullNameText } from "@musehub/domain/repository/Names"
import type { RebuildOptions } from "@musehub/domain/usecase/operations/rebuildIndex"
import type { RebuiltRepository } from "@musehub/domain/usecase/operations/rebuild/rebuildRepository"
import { Console, Effect } from "effect"
import { print, shown } from "../../output.ts"
import { watched } from "../transfer/progressView.ts"

const lineOf = ({ lost, name, packs }: RebuiltRepository): string =>
  `${fullNameText(name)}: ${packs} ${packs === 1 ? "pack" : "packs"}` +
  (lost === 0 ? "" : `, ${lost} of which cannot be read`)

/** Returns what tells how far a rebuild is, and what it lost. `clear` makes room for a line, and `found` counts it. */
export const telling = (
  json: boolean,
  onProgress: OnProgress | undefined,
  clear: () => void,
  found: () => void
): Omit<RebuildOptions, "repositories"> => {
  const meter = new Meter(onProgress ?? (() => undefined))
  return {
    onListed: (_repositories, objects) => Effect.sync(() => meter.promised(objects, 0)),
    onPassed: (objects, bytes) => meter.passed(objects, bytes),
    onLoss: ({ reason, what }) =>
      Effect.andThen(Effect.sync(found), print(json, { loss: what, reason }, `${shown(what)}: ${shown(reason)}`)),
    onRebuilt: (repository) =>
      json ? Effect.void : Effect.andThen(Effect.sync(clear), Console.error(shown(lineOf(repository))))
  }
}

/** Runs a rebuild and shows how far it is. */
export const rebuilding = <A, E, R>(
  json: boolean,
  use: (told: Omit<RebuildOptions, "repositories">, found: () => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  watched({ verb: "rebuilding", hidden: json }, (onProgress, clear, found) =>
    use(telling(json, onProgress, clear, found), found)
  )
