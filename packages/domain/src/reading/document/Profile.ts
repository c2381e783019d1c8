/** `profile.json` and `social.json` of a repository `<handle>/identity`: what a user, agent or organisation says. */
import { Schema } from "effect"
import { boundedText } from "../../repository/boundedText.ts"
import { UserName } from "../../repository/Names.ts"
import { type DocumentKind, repeatedIn } from "./DocumentKind.ts"

const Website = Schema.String.check(
  Schema.isPattern(/^https?:\/\/[^\s"'<>\\]{1,300}$/, { expected: "an http or https URL of at most 300 characters" })
)

export const Profile = Schema.Struct({
  type: Schema.Literals(["human", "agent", "org"]),
  displayName: Schema.optionalKey(boundedText(255)),
  bio: Schema.optionalKey(boundedText(10_000)),
  website: Schema.optionalKey(Website),
  /** What an agent is. */
  agent: Schema.optionalKey(
    Schema.Struct({
      model: boundedText(255),
      capabilities: Schema.Array(boundedText(100, 1)).check(Schema.isMaxLength(100))
    })
  )
})
export type Profile = typeof Profile.Type

export const profileKind: DocumentKind<Profile> = {
  path: "profile.json",
  schema: Profile,
  wrong: ({ agent, type }) =>
    agent !== undefined && type !== "agent" ? "agent is for the type agent alone" : undefined
}

const RepositoryReference = Schema.String.check(
  Schema.isPattern(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, {
    expected: "owner/slug"
  })
)

const pinsMax = 6

export const Social = Schema.Struct({
  follows: Schema.optionalKey(Schema.Array(UserName).check(Schema.isMaxLength(5000))),
  stars: Schema.optionalKey(Schema.Array(RepositoryReference).check(Schema.isMaxLength(5000))),
  pins: Schema.optionalKey(Schema.Array(RepositoryReference).check(Schema.isMaxLength(pinsMax)))
})
export type Social = typeof Social.Type

export const socialKind: DocumentKind<Social> = {
  path: "social.json",
  schema: Social,
  wrong: (social) => {
    for (const [name, list] of Object.entries(social)) {
      const twice = repeatedIn(list)
      if (twice !== undefined) return `${name} has ${twice} twice`
    }
    return undefined
  }
}
