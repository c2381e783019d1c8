/** The whole program: the command tree, the services of the platform, logs on stderr, and the exit code at the end. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Effect, Layer, Logger, References } from "effect"
import { CliOutput, Command } from "effect/cli"
import manifest from "../package.json" with { type: "json" }
import { branch } from "./command/branch.ts"
import { clone } from "./command/clone.ts"
import { musehub } from "./command/musehub.ts"
import { probe } from "./command/probe.ts"
import { proposal } from "./command/proposal.ts"
import { pull } from "./command/pull.ts"
import { push } from "./command/push.ts"
import { repo } from "./command/repo.ts"
import { serve } from "./command/serve.ts"
import { status } from "./command/status.ts"
import { token } from "./command/token.ts"
import { user } from "./command/user.ts"
import { verify } from "./command/verify.ts"
import { conclude, note } from "./exit.ts"
import { exitCodes } from "./errors.ts"
import { presenter } from "./presenter.ts"

const noteLogLevel = Effect.flatMap(References.MinimumLogLevel, (level) =>
  note({ debug: level === "Debug" || level === "Trace" || level === "All" })
)

const tree = musehub.pipe(
  Command.withSubcommands([serve, user, token, repo, branch, proposal, probe, status, clone, pull, push, verify]),
  Command.provideEffectDiscard(noteLogLevel)
)

const platform = Layer.mergeAll(
  NodeServices.layer,
  // A variable that is set to nothing is a mistake to be told, not the same as an unset one.
  ConfigProvider.layer(ConfigProvider.fromEnv({ preserveEmptyStrings: true })),
  CliOutput.layerPresenter(presenter),
  Logger.layer([
    process.stderr.isTTY
      ? Logger.consolePrettyTty({ colors: process.env["NO_COLOR"] === undefined })
      : Logger.withConsoleError(Logger.formatLogFmt)
  ]),
  Layer.succeed(References.LogToStderr, true)
)

const command = Command.runWith(tree, { version: manifest.version })

/** What a command line does, in this process; `conclude` knows what its end means. */
export const commandLine = (args: ReadonlyArray<string>) => Effect.provide(command(args), platform)

/** Runs the program as the process: signals interrupt it, and it ends with its own exit code. */
export const start = (): void => {
  let exitCode: number = exitCodes.defect
  const line = commandLine(process.argv.slice(2))
  // An interrupted fiber cannot succeed with a result, so the exit code leaves it by the side.
  const program = Effect.uninterruptibleMask((restore) =>
    Effect.map(Effect.flatMap(Effect.exit(restore(line)), conclude), (code) => {
      exitCode = code
    })
  )
  NodeRuntime.runMain(program, { disableErrorReporting: true, teardown: (_, onExit) => onExit(exitCode) })
}
