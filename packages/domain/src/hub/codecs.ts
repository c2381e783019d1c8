/** Codecs of the documents that belong to no repository. */
import { Schema } from "effect"
import { documentCodec } from "../object/DocumentCodec.ts"
import { RepositoryId } from "../object/Id.ts"
import { DeletedRepository } from "./DeletedRepository.ts"
import { DrillReport } from "./DrillReport.ts"
import { GarbageCollection } from "./GarbageCollection.ts"
import { HubIdentity } from "./HubIdentity.ts"
import { HubSecret } from "./HubSecret.ts"
import { ProbeReport } from "./ProbeReport.ts"
import { PublishedDomain } from "./PublishedDomain.ts"
import { SignIns } from "./SignIns.ts"
import { StoredAnswer } from "./StoredAnswer.ts"
import { StoreFormat } from "./StoreFormat.ts"
import { Token } from "./Token.ts"
import { User } from "./User.ts"
import { AdoptionReport } from "./verification/AdoptionReport.ts"
import { VerificationReport } from "./verification/VerificationReport.ts"
import { VerifiedRepository } from "./verification/VerifiedRepository.ts"

export const requestCodec = documentCodec("request", StoredAnswer)
export const userCodec = documentCodec("user", User)
export const tokenCodec = documentCodec("token", Token)
export const signInsCodec = documentCodec("sessions", SignIns)
export const domainCodec = documentCodec("domain", PublishedDomain)
export const probeCodec = documentCodec("probe", ProbeReport)
export const collectionCodec = documentCodec("collection", GarbageCollection)
export const formatCodec = documentCodec("format", StoreFormat)
export const identityCodec = documentCodec("identity", HubIdentity)
export const verifiedCodec = documentCodec("verified", VerifiedRepository)
export const verificationCodec = documentCodec("verification", VerificationReport)
export const adoptionCodec = documentCodec("adoption", AdoptionReport)
export const drillCodec = documentCodec("drill", DrillReport)
export const deletionCodec = documentCodec("deletion", DeletedRepository)
export const secretCodec = documentCodec("secret", HubSecret)

/**
 * The content of `hub/names/<owner>.<slug>`: which repository has, had or is about to have the name. `epoch` is the
 * `nameEpoch` of its root when the claim was made.
 */
export const NameClaim = Schema.Struct({ repository: RepositoryId, epoch: Schema.Int })
export type NameClaim = typeof NameClaim.Type
export const nameCodec = documentCodec("name", NameClaim)
