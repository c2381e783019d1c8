/** What the commands that look into a repository share: their inputs, and the services that read it. */
import { layer as snapshotReader } from "@musehub/domain/reading/SnapshotReader"
import { Layer } from "effect"
import { Argument, Flag } from "effect/cli"
import { presentStorage } from "../musehub.ts"

const meaning = "a branch, the id of a commit, a release, or tags/LABEL"

export const refFlag = Flag.String("ref").pipe(
  Flag.withMetavar("REF"),
  Flag.withDescription(`What to look at: ${meaning}; default: the default branch`),
  Flag.optional
)

export const refArgument = (name: string) =>
  Argument.String(name).pipe(Argument.withDescription(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}`))

export const pathFlag = Flag.String("path").pipe(
  Flag.withMetavar("PATH"),
  Flag.withDescription("Only this file, or what is below this folder"),
  Flag.optional
)

const filesMax = 1000

/** Limits the files of a diff, which are in memory with their hunks. */
export const filesFlag = Flag.Int("limit").pipe(
  Flag.withMetavar("COUNT"),
  Flag.withDescription(`The most files to show, up to ${filesMax} (default 100)`),
  Flag.filter(
    (count) => count >= 1 && count <= filesMax,
    () => `a whole number from 1 to ${filesMax}`
  ),
  Flag.withDefault(100)
)

/** Builds the storage services and the reader of trees. */
export const readers = Layer.merge(presentStorage, snapshotReader)
