/**
 * The index as a whole: it makes queries about the store cheap. It holds nothing that the store does not hold, every
 * row of history comes from evidence, and it can be dropped and rebuilt. The suites of `@musehub/contract` define it.
 *
 * Rows are recorded once a root names the packs of their objects, so a refused push leaves none.
 */
import { CommitIndex } from "./CommitIndex.ts"
import { DerivationIndex } from "./derived/DerivationIndex.ts"
import { LineIndex } from "./derived/LineIndex.ts"
import { MarkIndex } from "./derived/MarkIndex.ts"
import { SymbolIndex } from "./derived/SymbolIndex.ts"
import { TouchIndex } from "./derived/TouchIndex.ts"
import { DocumentLedger } from "./DocumentLedger.ts"
import { DomainIndex } from "./DomainIndex.ts"
import { ObjectIndex } from "./ObjectIndex.ts"
import { PackIndex } from "./PackIndex.ts"
import { PeopleIndex } from "./PeopleIndex.ts"
import { ProposalIndex } from "./ProposalIndex.ts"
import { RepositoryIndex } from "./RepositoryIndex.ts"
import { RowWriter } from "./RowWriter.ts"
import { TableIndex } from "./TableIndex.ts"
import { UsageIndex } from "./UsageIndex.ts"

/** The ports that every index implements together. */
export const indexPorts = [
  RowWriter,
  RepositoryIndex,
  ObjectIndex,
  CommitIndex,
  PackIndex,
  ProposalIndex,
  PeopleIndex,
  DomainIndex,
  UsageIndex,
  DocumentLedger,
  TableIndex,
  DerivationIndex,
  TouchIndex,
  LineIndex,
  SymbolIndex,
  MarkIndex
] as const

export type Index = (typeof indexPorts)[number]["Identifier"]
