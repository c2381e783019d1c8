/**
 * What somebody who edits texts has seen of them. An edit that was begun on other texts than those that are there is
 * refused, so that nobody takes back unknowingly what somebody else wrote meanwhile.
 */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { orDefault } from "../../base/expected.ts"
import { sha256 } from "../../object/Digest.ts"
import type { Repository } from "../Root.ts"
import type { Proposal } from "../Proposal.ts"
import type { Release } from "../Tag.ts"

/** Texts that are edited together, by their names. */
export type Fields = { readonly [field: string]: string }

/** The texts that an edit was begun on, each as a hash. */
export type SeenFields = { readonly [field: string]: string }

export const fieldsOfSettings = ({ defaultBranch, description, name, visibility }: Repository) => ({
  name,
  description,
  visibility,
  defaultBranch
})

export const fieldsOfProposal = ({ body, title }: Pick<Proposal, "title" | "body">) => ({ title, body })

export const fieldsOfRelease = ({ body, channel, commit_id: commitId, title }: Release) => ({
  commitId,
  channel,
  title,
  body
})

/** Browsers send other line breaks than programs, which does not make a text another one. */
const hashOf = (text: string): string => sha256(text.replaceAll("\r\n", "\n"))

/** Returns what somebody has seen who saw these texts. */
export const seenOf = (fields: { readonly [field: string]: string | undefined }): SeenFields =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([field, text]) => (text === undefined ? [] : [[field, hashOf(text)] as const]))
  )

/** Returns the fields that have another text by now than the one that was seen. */
export const movedFields = (present: Fields, seen: SeenFields): ReadonlyArray<string> =>
  Object.entries(seen).flatMap(([field, hash]) => {
    const text = Object.hasOwn(present, field) ? orDefault(present[field], "") : ""
    return hashOf(text) === hash ? [] : [field]
  })

/** Somebody else changed what an edit was begun on. */
export class EditedMeanwhile extends Schema.TaggedError<EditedMeanwhile>()("EditedMeanwhile", {
  kind: errorKind("conflict"),
  /** The fields that have another text by now. */
  fields: Schema.Array(Schema.String)
}) {
  static readonly details = ["fields"] as const
  override get message() {
    return `${this.fields.join(", ")} changed since this edit was begun; look at what is there now, and send it again`
  }
}

/** Refuses an edit of texts that are not as they were seen. One that does not say what was seen is taken. */
export const checkSeen = (present: Fields, seen: SeenFields | undefined): Effect.Effect<void, EditedMeanwhile> => {
  const fields = seen === undefined ? [] : movedFields(present, seen)
  return fields.length === 0 ? Effect.void : Effect.fail(new EditedMeanwhile({ fields }))
}
