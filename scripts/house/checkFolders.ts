/** Checks that a folder stands for one thing: one with many files is to be split. Folders in it do not count. */
import { dirname } from "node:path"
import type { Fault, Repository } from "../Repository.ts"

const filesMax = 15

const isChecked = (file: string): boolean => /^(packages|test|bench|docs|scripts)\//.test(file)

export const checkFolders = (repository: Repository): ReadonlyArray<Fault> =>
  [...Map.groupBy(repository.files.filter(isChecked), dirname)]
    .filter(([, files]) => files.length > filesMax)
    .map(([file, { length }]) => ({ file, reason: `holds ${length} files, at most ${filesMax} are allowed` }))
