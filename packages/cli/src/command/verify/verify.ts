/** `musehub verify`: checks the hub, or with `--clone` a folder that was cloned. */
import { cut } from "@musehub/domain/base/text/cut"
import type { Level } from "@musehub/domain/usecase/operations/verify/Inspection"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Clock, Context, Effect, Layer, Option, Redacted } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { dateMillis, spanMillis } from "../moments.ts"
import { usedStoreLayer } from "../../Composition.ts"
import { readBackup } from "../../config/Configuration.ts"
import { storeUrl } from "../../config/StoreUrl.ts"
import { musehub, storageConfiguration, usedStorage } from "../musehub.ts"
import { repositoriesFlag } from "../names.ts"
import { verifyClone } from "./clone.ts"
import { openClone } from "./cloneSource.ts"
import { verifyHub } from "./hub.ts"

const input = {
  quick: Flag.Boolean("quick").pipe(
    Flag.withDescription("Read roots, listings and the ends of packs alone"),
    Flag.withDefault(false)
  ),
  deep: Flag.Boolean("deep").pipe(Flag.withDescription("Read every byte, those of blobs too"), Flag.withDefault(false)),
  since: Flag.String("since").pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(
      "Pass over what was read without faults since then, as by a run that was stopped: a time ago such as 30d, 12h " +
        "or 30m, or a date such as 2031-01-31 or 2031-01-31T18:00:00Z"
    ),
    Flag.optional
  ),
  sample: Flag.Int("sample").pipe(
    Flag.withMetavar("PERCENT"),
    Flag.withDescription("Read this share of the repositories, those first that were read longest ago"),
    Flag.filter(
      (percent) => percent >= 1 && percent <= 100,
      () => "a whole number from 1 to 100"
    ),
    Flag.optional
  ),
  repair: Flag.Boolean("repair").pipe(
    Flag.withDescription(
      "Put lost objects back that another repository of the hub has, record the rows of a repository again from " +
        "its packs, where only rows are wrong, and verify it once more"
    ),
    Flag.withDefault(false)
  ),
  from: Flag.Redacted("from").pipe(
    Flag.withMetavar("URL|DIR"),
    Flag.withDescription(
      "With --repair: a backup of the object store, written like --object-store, or the folder of a clone. What is " +
        "lost or damaged is restored from it, where its bytes there prove themselves: of a backup packs, large " +
        "blobs, records and single objects, of a clone its commits, snapshots and files"
    ),
    Flag.optional
  ),
  repositories: repositoriesFlag("Verify this repository alone; may be repeated"),
  clone: Flag.String("clone").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Verify the clone in this folder instead: each of its objects, and each name of one"),
    Flag.optional
  )
}

/** Returns the time that a flag names, in milliseconds since 1970. */
const pastMillis = Effect.fnUntraced(function* (text: string) {
  const now = yield* Clock.currentTimeMillis
  const span = spanMillis(text)
  const millis = span === undefined ? dateMillis(text) : now - span
  if (millis >= 0 && millis <= now) return millis
  const expected = "a time ago such as 30d, 12h or 30m, or a past date such as 2031-01-31 or 2031-01-31T18:00:00Z"
  return yield* new CliError.InvalidValue({ option: "since", value: cut(text, 100), expected, kind: "flag" })
})

const refuse = (message: string) => Effect.fail(new CliError.ValidationError({ message }))

/** Opens a backup of the object store. */
const openBackup = Effect.fnUntraced(function* (url: Redacted.Redacted) {
  const configuration = yield* readBackup(yield* storageConfiguration, url)
  const backup = Context.get(yield* Layer.build(Layer.fresh(usedStoreLayer(configuration))), ObjectStore)
  const { location } = yield* ObjectStore
  if (backup.location === location) return yield* refuse(`--from is the hub's own object store, ${location}`)
  return backup
})

/** Opens what lost bytes are restored from: a store, by its URL, or the folder of a clone. Either is only read. */
const openFrom = Effect.fnUntraced(function* (from: Redacted.Redacted) {
  const text = Redacted.value(from)
  if (storeUrl(text).scheme !== "") return { backup: yield* openBackup(from) }
  const clone = Effect.catchTag(openClone(text), "FolderUnfit", ({ message }) =>
    refuse(`--from: ${message}; a store is named by a URL such as file:backup`)
  )
  return { clone: yield* clone }
})

export const verify = Command.make(
  "verify",
  input,
  Effect.fn(function* ({ clone, deep, from, quick, repair, repositories, sample, since }) {
    const { json } = yield* musehub
    if (quick && deep) return yield* refuse("--quick and --deep exclude each other")
    if (quick && repair)
      return yield* refuse("--repair needs to know that packs are whole, which --quick does not read")
    if (Option.isSome(from) && !repair) return yield* refuse("--from is where --repair restores from: add --repair")
    if (Option.isNone(clone)) {
      const level: Level = quick ? "quick" : deep ? "deep" : "default"
      if (Option.isSome(sample) && repositories.length > 0)
        return yield* refuse("--sample and --repo exclude each other")
      const sinceMillis = Option.isSome(since) ? yield* pastMillis(since.value) : undefined
      const options = { level, repositories, sinceMillis, sample: Option.getOrUndefined(sample), json }
      return yield* Effect.scoped(
        Effect.gen(function* () {
          const source = Option.isSome(from) ? yield* openFrom(from.value) : {}
          yield* verifyHub({ ...options, repair: repair ? source : undefined })
        })
      ).pipe(Effect.provide(usedStorage))
    }
    const isOfHub =
      quick || deep || repair || repositories.length > 0 || Option.isSome(Option.orElse(sample, () => since))
    if (isOfHub) {
      return yield* refuse("--clone is about a folder, and all other flags of verify are about the hub")
    }
    yield* verifyClone(clone.value, json)
  })
).pipe(
  Command.withDescription(
    "Read the hub again: the store against what it should have, and against the index. Each finding is a line " +
      "with its place and what mends it (docs/operations.md says what each means); a fault is damage, and a " +
      "notice passes by itself or is of no use to anyone. It writes only what it read and found, under hub/verified/ " +
      "and hub/verification/, and rows and what was lost with --repair, and may run beside a serving " +
      "hub. Exit code 0 without faults, 1 with faults, 2 for a wrong command line or a store that " +
      "no hub has used, 3 if store, index or backup do " +
      "not answer: nothing counts as lost then. With --json: a JSON object a line, finding, severity, repository, " +
      "name, place, reason, mend; the last one has finding null, level, repositories, skipped, packs, objects, " +
      "bytes, faults, notices, mended. With --clone: commits, snapshots, blobs, bytes, refs, faults (path and " +
      "reason each)."
  ),
  Command.withShortDescription("Check the hub, or a clone, to its last byte"),
  Command.withExamples([
    { command: "musehub verify", description: "All but the bytes of blobs" },
    { command: "musehub verify --deep --repo ada/symphony", description: "Every byte of one repository" },
    {
      command: "musehub verify --deep --repair --from symphony --repo ada/symphony",
      description: "Mend one repository, also from the clone symphony"
    },
    { command: "musehub verify --clone symphony", description: "The clone symphony" }
  ])
)
