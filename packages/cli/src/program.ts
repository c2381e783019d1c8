/** The program: the command tree, the platform's services, logs on stderr, and the exit code. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Effect, Layer, References } from "effect"
import { CliOutput, Command } from "effect/cli"
import manifest from "../package.json" with { type: "json" }
import { adopt } from "./command/operation/adopt.ts"
import { derive } from "./command/operation/derive.ts"
import { blame } from "./command/reading/blame.ts"
import { branch } from "./command/branch.ts"
import { clone } from "./command/clone.ts"
import { history } from "./command/reading/history.ts"
import { intel } from "./command/reading/intel.ts"
import { musehub } from "./command/musehub.ts"
import { object } from "./command/object/object.ts"
import { gc } from "./command/operation/gc.ts"
import { identity } from "./command/people/identity.ts"
import { org } from "./command/people/org.ts"
import { probe } from "./command/probe.ts"
import { drill } from "./command/operation/drill/drill.ts"
import { rebuild } from "./command/operation/rebuild.ts"
import { proposal } from "./command/proposal.ts"
import { pull } from "./command/pull.ts"
import { push } from "./command/push.ts"
import { archive } from "./command/read/archive.ts"
import { diff } from "./command/read/diff.ts"
import { log } from "./command/read/log.ts"
import { symbols } from "./command/reading/symbols.ts"
import { search } from "./command/read/search.ts"
import { show } from "./command/read/show.ts"
import { tree as treeCommand } from "./command/read/tree.ts"
import { repo } from "./command/repo.ts"
import { serve } from "./command/serve.ts"
import { login } from "./command/signIn/login.ts"
import { session } from "./command/signIn/session.ts"
import { status } from "./command/status.ts"
import { token } from "./command/token.ts"
import { user } from "./command/user.ts"
import { verify } from "./command/verify/verify.ts"
import { auditLayer } from "./auditLog.ts"
import { loggingLayer } from "./config/logging.ts"
import { conclude, note } from "./exit.ts"
import { exitCodes } from "./errors.ts"
import { presenter } from "./presenter.ts"
import { tracingLayer } from "./tracing.ts"

const noteLogLevel = Effect.flatMap(References.MinimumLogLevel, (level) =>
  note({ debug: level === "Debug" || level === "Trace" || level === "All" })
)

const tree = musehub.pipe(
  Command.withSubcommands([
    serve,
    user,
    token,
    login,
    session,
    repo,
    treeCommand,
    show,
    log,
    diff,
    search,
    archive,
    branch,
    proposal,
    object,
    history,
    blame,
    intel,
    symbols,
    identity,
    org,
    probe,
    status,
    rebuild,
    drill,
    derive,
    adopt,
    gc,
    clone,
    pull,
    push,
    verify
  ]),
  Command.provideEffectDiscard(noteLogLevel)
)

// An empty variable is reported as a mistake instead of counting as unset.
const environment = ConfigProvider.layer(Effect.sync(() => ConfigProvider.fromEnv({ preserveEmptyStrings: true })))

const platform = Layer.mergeAll(
  NodeServices.layer,
  CliOutput.layerPresenter(presenter),
  loggingLayer,
  auditLayer({ serving: false }),
  tracingLayer
).pipe(Layer.provideMerge(environment))

const command = Command.runWith(tree, { version: manifest.version })

/** Runs a command line in this process; `conclude` interprets its exit. */
export const commandLine = (args: ReadonlyArray<string>) => Effect.provide(command(args), platform)

/** Runs the program as the process: signals interrupt it, and it ends with its own exit code. */
export const start = (): void => {
  let exitCode: number = exitCodes.defect
  const line = commandLine(process.argv.slice(2))
  // An interrupted fiber cannot return a result, so the exit code is kept in a variable.
  const program = Effect.uninterruptibleMask((restore) =>
    Effect.map(Effect.flatMap(Effect.exit(restore(line)), conclude), (code) => {
      exitCode = code
    })
  )
  NodeRuntime.runMain(program, { disableErrorReporting: true, teardown: (_, onExit) => onExit(exitCode) })
}
