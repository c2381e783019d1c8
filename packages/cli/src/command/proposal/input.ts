/** The arguments that commands about proposals share. */
import { ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { Schema } from "effect"
import { Argument, Flag } from "effect/cli"
import { repositoryInput } from "../repository.ts"

/** Takes one proposal of a repository. */
export const proposalInput = {
  ...repositoryInput,
  number: Argument.Int("NUMBER").pipe(
    Argument.withDescription("The proposal, as `musehub proposal list` numbers it"),
    Argument.filterMap(Schema.decodeUnknownOption(ProposalNumber), () => "a whole number from 1")
  )
}

export const titleFlag = Flag.String("title").pipe(
  Flag.withMetavar("TEXT"),
  Flag.withDescription("The change, in one line"),
  Flag.filterMap(Schema.decodeUnknownOption(ProposalTitle), () => "one line of 1 to 255 characters")
)
