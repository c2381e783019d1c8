/** The ports of an index as one object, for decorators, and for tests that use several of them. */
import { CommitIndex } from "./CommitIndex.ts"
import { DerivationIndex } from "./derived/DerivationIndex.ts"
import { LineIndex } from "./derived/LineIndex.ts"
import { MarkIndex } from "./derived/MarkIndex.ts"
import { SymbolIndex } from "./derived/SymbolIndex.ts"
import { TouchIndex } from "./derived/TouchIndex.ts"
import { DocumentLedger } from "./DocumentLedger.ts"
import { DomainIndex } from "./DomainIndex.ts"
import type { Index } from "./Index.ts"
import { ObjectIndex } from "./ObjectIndex.ts"
import { PackIndex } from "./PackIndex.ts"
import { PeopleIndex } from "./PeopleIndex.ts"
import { ProposalIndex } from "./ProposalIndex.ts"
import { RepositoryIndex } from "./RepositoryIndex.ts"
import { RowWriter } from "./RowWriter.ts"
import { TableIndex } from "./TableIndex.ts"
import { UsageIndex } from "./UsageIndex.ts"
import { Context, Effect } from "effect"

/** Gathers the members of an index's ports in one object. */
export const wholeIndexOf = (services: Context.Context<Index>) => ({
  ...Context.get(services, RowWriter),
  ...Context.get(services, RepositoryIndex),
  ...Context.get(services, ObjectIndex),
  ...Context.get(services, CommitIndex),
  ...Context.get(services, PackIndex),
  ...Context.get(services, ProposalIndex),
  ...Context.get(services, PeopleIndex),
  ...Context.get(services, DomainIndex),
  ...Context.get(services, UsageIndex),
  ...Context.get(services, DocumentLedger),
  ...Context.get(services, TableIndex),
  ...Context.get(services, DerivationIndex),
  ...Context.get(services, TouchIndex),
  ...Context.get(services, LineIndex),
  ...Context.get(services, SymbolIndex),
  ...Context.get(services, MarkIndex)
})

/** Every member of every port of an index. */
export type WholeIndex = ReturnType<typeof wholeIndexOf>

/** Returns the members of the index in the context. */
export const wholeIndex: Effect.Effect<WholeIndex, never, Index> = Effect.map(Effect.context<Index>(), wholeIndexOf)

/** Provides the ports of an index with the given members. */
export const portsOf = (index: WholeIndex): Context.Context<Index> =>
  Context.make(RowWriter, index).pipe(
    Context.add(RepositoryIndex, index),
    Context.add(ObjectIndex, index),
    Context.add(CommitIndex, index),
    Context.add(PackIndex, index),
    Context.add(ProposalIndex, index),
    Context.add(PeopleIndex, index),
    Context.add(DomainIndex, index),
    Context.add(UsageIndex, index),
    Context.add(DocumentLedger, index),
    Context.add(TableIndex, index),
    Context.add(DerivationIndex, index),
    Context.add(TouchIndex, index),
    Context.add(LineIndex, index),
    Context.add(SymbolIndex, index),
    Context.add(MarkIndex, index)
  )
