/** The flags that commands in a folder share. */
import { Flag } from "effect/cli"
import { clientTokenSetting } from "../../config/Configuration.ts"

export const directoryFlag = Flag.String("dir").pipe(
  Flag.withMetavar("DIR"),
  Flag.withDescription("The folder with the working tree"),
  Flag.withDefault(".")
)

export const tokenFlag = Flag.Redacted(clientTokenSetting.flag.slice(2)).pipe(
  Flag.withMetavar("TOKEN"),
  Flag.withDescription(
    `The token for the hub (${clientTokenSetting.variable}, which keeps it out of the list of ` +
      "processes; default: what muse keeps for the hub's host in ~/.muse/identity.toml, if anything)"
  ),
  Flag.optional
)
