/**
 * Prints help and errors of the command line: requested help to stdout, everything else to stderr with one line for
 * each mistake, since stdout may be read by a program.
 */
import { Console, Effect } from "effect"
import { CliOutput } from "effect/cli"

export const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function* (event) {
    switch (event._tag) {
      case "Version":
        return yield* CliOutput.defaultPresenter.present(event)
      case "Help": {
        if (event.reason === "Requested") return yield* CliOutput.defaultPresenter.present(event)
        const formatter = yield* CliOutput.Formatter
        return yield* Console.error(formatter.formatHelpDoc(event.helpDoc))
      }
      case "InvalidInvocation": {
        const command = event.commandPath.join(" ")
        for (const error of event.errors) {
          yield* Console.error(`${command}: ${error.message.replaceAll(/\s+/g, " ")} (see ${command} --help)`)
        }
      }
    }
  })
}
