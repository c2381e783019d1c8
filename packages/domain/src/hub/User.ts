/** A person or an agent that owns repositories and holds tokens. Stored as `hub/users/<name>`. */
import { Schema } from "effect"
import { UserName } from "../repository/Names.ts"

export const User = Schema.Struct({
  name: UserName,
  /** ISO 8601, UTC. */
  createdAt: Schema.String
})
export type User = typeof User.Type
