/**
 * The index in memory, for tests and for trying the hub out. It keeps every promise of the port except that its rows
 * end with the process. It is also the reference that other adapters are compared with.
 */
import { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { DerivationIndex } from "@musehub/domain/port/index/derived/DerivationIndex"
import { LineIndex } from "@musehub/domain/port/index/derived/LineIndex"
import { MarkIndex } from "@musehub/domain/port/index/derived/MarkIndex"
import { SymbolIndex } from "@musehub/domain/port/index/derived/SymbolIndex"
import { TouchIndex } from "@musehub/domain/port/index/derived/TouchIndex"
import { DocumentLedger } from "@musehub/domain/port/index/DocumentLedger"
import { DomainIndex } from "@musehub/domain/port/index/DomainIndex"
import type { Index } from "@musehub/domain/port/index/Index"
import { ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { PackIndex } from "@musehub/domain/port/index/PackIndex"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { ProposalIndex } from "@musehub/domain/port/index/ProposalIndex"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { RowWriter } from "@musehub/domain/port/index/RowWriter"
import { TableIndex } from "@musehub/domain/port/index/TableIndex"
import { UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import { Context, Layer } from "effect"
import * as DocumentStates from "./port/DocumentStates.ts"
import * as Domains from "./port/Domains.ts"
import * as Graph from "./port/Graph.ts"
import * as Manifests from "./port/Manifests.ts"
import * as ObjectRows from "./port/ObjectRows.ts"
import * as Objects from "./port/Objects.ts"
import * as Packs from "./port/Packs.ts"
import * as People from "./port/People.ts"
import * as Proposals from "./port/Proposals.ts"
import * as Recording from "./port/Recording.ts"
import * as Remarks from "./port/Remarks.ts"
import * as Repositories from "./port/Repositories.ts"
import * as Tables from "./port/table/Tables.ts"
import * as Usage from "./port/Usage.ts"
import { Rows } from "./rows/Rows.ts"

/** Creates an empty index that lives as long as the layer. */
export const layer: Layer.Layer<Index> = Layer.syncContext(() => {
  const rows = new Rows()
  const { derived } = rows
  return Context.make(RowWriter, Recording.make(rows)).pipe(
    Context.add(RepositoryIndex, Repositories.make(rows)),
    Context.add(ObjectIndex, { ...Objects.make(rows), ...ObjectRows.make(rows), ...Manifests.make(rows) }),
    Context.add(CommitIndex, { ...Graph.make(rows), ...Remarks.make(rows) }),
    Context.add(PackIndex, Packs.make(rows)),
    Context.add(ProposalIndex, Proposals.make(rows)),
    Context.add(PeopleIndex, People.make(rows)),
    Context.add(DomainIndex, Domains.make(rows)),
    Context.add(UsageIndex, Usage.make(rows)),
    Context.add(DocumentLedger, DocumentStates.make()),
    Context.add(TableIndex, Tables.make(rows)),
    Context.add(DerivationIndex, derived.derivations),
    Context.add(TouchIndex, derived.touches),
    Context.add(LineIndex, derived.lines),
    Context.add(SymbolIndex, derived.symbols),
    Context.add(MarkIndex, derived.marks)
  )
})
