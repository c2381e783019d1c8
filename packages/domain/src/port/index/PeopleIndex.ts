/** Users and their tokens. */
import { Context, type Effect, type Option } from "effect"
import type { Token } from "../../hub/Token.ts"
import type { User } from "../../hub/User.ts"
import type { Sha256 } from "../../object/Id.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export class PeopleIndex extends Context.Service<
  PeopleIndex,
  {
    /** Lists users in ascending order of name. */
    readonly users: (page: PageRequest) => Effect.Effect<Page<User>, IndexUnavailable>
    readonly recordUser: (user: StoredDocument<User>) => Effect.Effect<void, IndexUnavailable>
    /** Inserts the token or updates its row to this state. */
    readonly recordToken: (token: StoredDocument<Token>) => Effect.Effect<void, IndexUnavailable>
    readonly tokenByHash: (hash: Sha256) => Effect.Effect<Option.Option<Token>, IndexUnavailable>
    /** Returns the token with this public id. */
    readonly tokenByPublicId: (id: string) => Effect.Effect<Option.Option<Token>, IndexUnavailable>
    /** Lists tokens in ascending order of creation, of one `user` if given. */
    readonly tokens: (
      filter: { readonly user?: UserName | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<Token>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/PeopleIndex") {}
