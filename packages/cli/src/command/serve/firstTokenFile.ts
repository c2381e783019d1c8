/** The file for the token of the first start: for the hub's user alone, and replaced as a whole. */
import { Effect, Redacted } from "effect"
import { access, constants, mkdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { OpeningFailed } from "../../errors.ts"
import type { Given } from "../../config/Setting.ts"

const folderMode = 0o700
const fileMode = 0o600

const attempt = ({ source, value }: Given<string>, run: () => Promise<unknown>) =>
  Effect.asVoid(
    Effect.tryPromise({
      try: run,
      catch: (cause) =>
        new OpeningFailed({
          setting: source,
          what: `the file ${resolve(value)} for the first token cannot be written`,
          mayPass: false,
          cause
        })
    })
  )

/** Makes the folder of the file and finds out whether it can be written, before there is a token that would be lost. */
export const requireWritable = (file: Given<string>) =>
  attempt(file, async () => {
    const folder = dirname(resolve(file.value))
    await mkdir(folder, { recursive: true, mode: folderMode })
    await access(folder, constants.W_OK | constants.X_OK)
  })

/** Writes the token, and replaces that of an earlier hub. */
export const writeToken = (file: Given<string>, secret: Redacted.Redacted) =>
  attempt(file, async () => {
    const path = resolve(file.value)
    await rm(`${path}.new`, { force: true })
    await writeFile(`${path}.new`, `${Redacted.value(secret)}\n`, { mode: fileMode, flag: "wx" })
    await rename(`${path}.new`, path)
  })
