/** The ports of an index as one object, for tests that use several of them. */
import { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import type { Index } from "@musehub/domain/port/index/Index"
import { ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { PackIndex } from "@musehub/domain/port/index/PackIndex"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { ProposalIndex } from "@musehub/domain/port/index/ProposalIndex"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { RowWriter } from "@musehub/domain/port/index/RowWriter"
import { Lock } from "@musehub/domain/port/Lock"
import { Context, Effect } from "effect"

/** Gathers the members of an index's ports in one object. */
export const wholeIndexOf = (services: Context.Context<Index | Lock>) => ({
  ...Context.get(services, RowWriter),
  ...Context.get(services, RepositoryIndex),
  ...Context.get(services, ObjectIndex),
  ...Context.get(services, CommitIndex),
  ...Context.get(services, PackIndex),
  ...Context.get(services, ProposalIndex),
  ...Context.get(services, PeopleIndex),
  ...Context.get(services, Lock)
})

/** Every member of every port of an index. */
export type WholeIndex = ReturnType<typeof wholeIndexOf>

/** Returns the members of the index in the context. */
export const wholeIndex: Effect.Effect<WholeIndex, never, Index | Lock> = Effect.map(
  Effect.context<Index | Lock>(),
  wholeIndexOf
)

/** Provides the ports of an index with the given members. */
export const portsOf = (index: WholeIndex): Context.Context<Index | Lock> =>
  Context.make(RowWriter, index).pipe(
    Context.add(RepositoryIndex, index),
    Context.add(ObjectIndex, index),
    Context.add(CommitIndex, index),
    Context.add(PackIndex, index),
    Context.add(ProposalIndex, index),
    Context.add(PeopleIndex, index),
    Context.add(Lock, index)
  )
