/**
 * Every error that a request can end with, by its tag. The class of an error defines its kind, its message and the
 * details that a client may see. An endpoint that fails with an error that is not listed here, or that has no kind,
 * does not compile.
 */
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import {
  AccessLost,
  RefsLost,
  RepositoryArchived,
  RepositoryErased,
  RepositoryNameTaken,
  RootContended,
  RootExists,
  RootMissing,
  RootOutcomeUnknown
} from "@musehub/domain/repository/rootErrors"
import { RefAmbiguous, RefUnknown } from "@musehub/domain/repository/refErrors"
import { AttributesRefused } from "@musehub/domain/merge/Attributes"
import { TreeTooLarge } from "@musehub/domain/merge/TreeTooLarge"
import { NotJson } from "@musehub/domain/object/CanonicalJson"
import { ContentRefused, IdMismatch, ObjectCorrupt, ObjectRefused } from "@musehub/domain/object/Refused"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { DocumentConflict, ObjectMissing, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { CursorRefused } from "@musehub/domain/port/Page"
import { AnnotationRefused } from "@musehub/domain/repository/Annotation"
import { BranchNameRefused } from "@musehub/domain/repository/Names"
import {
  BranchClash,
  BranchExists,
  BranchProtected,
  BranchUnknown,
  HeadMoved,
  NonFastForward
} from "@musehub/domain/repository/rule/branchRules"
import { EditedMeanwhile } from "@musehub/domain/repository/rule/SeenFields"
import { RepositoryFull } from "@musehub/domain/repository/rule/repositoryLimits"
import { HubBusy } from "@musehub/domain/usecase/admission/Admission"
import { QuotaExceeded } from "@musehub/domain/usecase/admission/Quotas"
import { RootFull } from "@musehub/domain/repository/rule/rootRoom"
import { Forbidden, RepositoryMoved, RepositoryUnknown, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { DefaultBranchKept } from "@musehub/domain/usecase/branches/deleteBranch"
import { ReflogUnfinished } from "@musehub/domain/usecase/branches/readReflog"
import { NotInReflog } from "@musehub/domain/usecase/branches/restoreBranch"
import { NothingToCommit } from "@musehub/domain/usecase/commits/commitFiles"
import { ChangesRefused } from "@musehub/domain/usecase/commits/fileChanges"
import { DomainUnknown } from "@musehub/domain/usecase/domains/findDomains"
import { DomainVersionTaken } from "@musehub/domain/usecase/domains/publishDomain"
import { ParentUnknown } from "@musehub/domain/usecase/browse/compare"
import { MidiUnreadable } from "@musehub/domain/usecase/browse/midi/openMidi"
import { NotDerived, PathIsFile, PathIsFolder, PathUnknown } from "@musehub/domain/usecase/browse/errors"
import { SymbolsOff, SymbolUnknown } from "@musehub/domain/usecase/symbols/errors"
import { WantUnknown } from "@musehub/domain/usecase/fetch/planFetch"
import { ObjectUnknown } from "@musehub/domain/usecase/fetch/readObject"
import { CommitUnknown } from "@musehub/domain/usecase/graph/CommitUnknown"
import {
  ApprovalsMissing,
  FastForwardImpossible,
  GovernanceInvalid,
  HistoriesUnrelated,
  MergeConflicts,
  NothingToMerge,
  RebaseTooLarge,
  RebaseUnfaithful,
  RuleUnmet,
  TargetContended
} from "@musehub/domain/usecase/merges/mergeErrors"
import { IdentityUnknown } from "@musehub/domain/usecase/identities/showIdentity"
import { UserUnknown } from "@musehub/domain/usecase/people/showUser"
import { SessionUnknown } from "@musehub/domain/usecase/people/signIn/sessions"
import { TokenUnknown } from "@musehub/domain/usecase/people/tokens"
import { IntelKindUnknown } from "@musehub/domain/usecase/intel/IntelKindUnknown"
import {
  ProposalBranchGone,
  ProposalExists,
  ProposalNotOpen,
  ProposalRefused,
  ProposalUnknown
} from "@musehub/domain/usecase/proposals/errors"
import { ObjectsMissing } from "@musehub/domain/usecase/push/ObjectsMissing"
import { BundleRefused } from "@musehub/domain/usecase/push/checkBundle"
import { CatalogLost } from "@musehub/domain/usecase/recovery/CatalogLost"
import { PackLost } from "@musehub/domain/usecase/recovery/PackLost"
import { GrantRefused } from "@musehub/domain/usecase/repositories/collaborators"
import { RenameOvertaken } from "@musehub/domain/usecase/repositories/moveToName"
import { TransferUnknown } from "@musehub/domain/usecase/repositories/transferRepository"
import { AnswerNotKept, KeyInUse, KeyReused } from "@musehub/domain/usecase/requests/answerOnce"
import {
  ReleaseExists,
  ReleaseRefused,
  ReleaseUnknown,
  ReleasesTooLarge,
  TagConflict,
  TagRefused,
  TagUnknown
} from "@musehub/domain/usecase/tags/errors"
import { AnswerTooLarge } from "@musehub/domain/wire/AnswerTooLarge"
import { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { MpackRefused, MpackVersionUnknown } from "@musehub/domain/wire/mpack/Refused"
import { MsgpackRefused } from "@musehub/msgpack/Value"
import { TooManyRequests } from "../limits/RateLimits.ts"
import { FieldsRefused } from "./FieldsRefused.ts"
import { BodyBrokeOff, BodyExpands, BodyStalled, BodyTooLarge } from "../Body.ts"
import { BodyUndecodable, EncodingUnsupported } from "../contentEncoding.ts"
import { RangeUnsatisfiable } from "../byteRange.ts"
import type { Schema } from "effect"

/** The parts of an error class that HTTP answers need. */
export interface FailureClass {
  new (...parts: never): { readonly _tag: string; readonly message: string; readonly kind: ErrorKind }
  readonly fields: { readonly [field: string]: Schema.Codec<unknown, unknown> }
  /** The fields that a client may see. */
  readonly details?: ReadonlyArray<string>
  /** The possible kinds of the error, if no field defines them. */
  readonly kinds?: ReadonlyArray<ErrorKind>
}

export const failures = {
  AnnotationRefused,
  AccessLost,
  AnswerNotKept,
  AnswerTooLarge,
  ApprovalsMissing,
  AttributesRefused,
  BodyBrokeOff,
  BodyExpands,
  BodyStalled,
  BodyTooLarge,
  BodyUndecodable,
  BranchClash,
  BranchExists,
  BranchNameRefused,
  BranchProtected,
  BranchUnknown,
  BundleRefused,
  CatalogLost,
  ChangesRefused,
  CommitUnknown,
  ContentRefused,
  CursorRefused,
  DefaultBranchKept,
  DocumentConflict,
  DomainUnknown,
  DomainVersionTaken,
  EditedMeanwhile,
  EncodingUnsupported,
  FastForwardImpossible,
  FieldsRefused,
  Forbidden,
  GovernanceInvalid,
  GrantRefused,
  HeadMoved,
  HistoriesUnrelated,
  HubBusy,
  IdMismatch,
  IdentityUnknown,
  IndexUnavailable,
  IntelKindUnknown,
  KeyInUse,
  KeyReused,
  MergeConflicts,
  MpackRefused,
  MpackVersionUnknown,
  MsgpackRefused,
  NonFastForward,
  NotDerived,
  NotInReflog,
  MidiUnreadable,
  NotJson,
  NothingToCommit,
  NothingToMerge,
  ObjectCorrupt,
  ObjectMissing,
  ObjectRefused,
  ObjectUnknown,
  ObjectsMissing,
  PackLost,
  ParentUnknown,
  PathIsFile,
  PathIsFolder,
  PathUnknown,
  ProposalBranchGone,
  ProposalExists,
  ProposalNotOpen,
  ProposalRefused,
  ProposalUnknown,
  QuotaExceeded,
  RangeUnsatisfiable,
  RebaseTooLarge,
  RebaseUnfaithful,
  ReflogUnfinished,
  RefAmbiguous,
  RefUnknown,
  RefsLost,
  ReleaseExists,
  ReleaseRefused,
  ReleaseUnknown,
  ReleasesTooLarge,
  RenameOvertaken,
  RepositoryArchived,
  RepositoryErased,
  RepositoryFull,
  RepositoryMoved,
  RepositoryNameTaken,
  RepositoryUnknown,
  RequestRefused,
  RootContended,
  RootExists,
  RootFull,
  RootMissing,
  RootOutcomeUnknown,
  RuleUnmet,
  StoreUnavailable,
  SessionUnknown,
  SymbolsOff,
  SymbolUnknown,
  TagConflict,
  TagRefused,
  TagUnknown,
  TargetContended,
  TokenUnknown,
  TransferUnknown,
  TreeTooLarge,
  TooManyRequests,
  Unauthenticated,
  UserUnknown,
  WantUnknown
} as const satisfies { readonly [tag: string]: FailureClass }

export type Failure = InstanceType<(typeof failures)[keyof typeof failures]>
