/** Checks that no line of code or comment is longer than a reader's window: the formatter breaks code, but no text. */
import type { Fault, Repository } from "../Repository.ts"

const lengthMax = 120

const isSource = (file: string): boolean => /\.(ts|mjs|cjs|sh)$/.test(file) || file.startsWith(".ci/")

export const checkLines = (repository: Repository): ReadonlyArray<Fault> =>
  repository.files.filter(isSource).flatMap((file) =>
    repository
      .read(file)
      .split("\n")
      .flatMap((text, place) => {
        const { length } = Array.from(text)
        return length > lengthMax
          ? [{ file, line: place + 1, reason: `is ${length} characters long, ${length - lengthMax} too many` }]
          : []
      })
  )
