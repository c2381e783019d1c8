/** The arguments that name an object of a repository, and the search for it. */
import { ObjectType, Sha256 } from "@musehub/domain/object/Id"
import { locateObject } from "@musehub/domain/usecase/fetch/locateObject"
import { Schema } from "effect"
import { Argument, type Command } from "effect/cli"
import { repositoryInput } from "../repository.ts"

export const objectInput = {
  repository: repositoryInput.repository,
  type: Argument.Literals("TYPE", ObjectType.literals).pipe(Argument.withDescription("What kind of object it is")),
  id: Argument.String("ID").pipe(
    Argument.withDescription("Its id, as refs, commits and snapshots name it"),
    Argument.filterMap(Schema.decodeUnknownOption(Sha256), () => "64 lower-case hexadecimal digits")
  )
}

/** Finds the object. The operator needs no role. */
export const located = ({ id, repository, type }: Command.Command.Config.Infer<typeof objectInput>) =>
  locateObject(repository.owner, repository.rest, { type, id })
