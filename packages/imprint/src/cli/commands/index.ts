import type { Command } from '../command.ts';
import { agencyAdd } from './agency-add.ts';
import { agencyList } from './agency-list.ts';
import { antivirusPack } from './antivirus-pack.ts';
import { antivirusProviders } from './antivirus-providers.ts';
import { antivirusPublish } from './antivirus-publish.ts';
import { antivirusSelect } from './antivirus-select.ts';
import { antivirusSelections } from './antivirus-selections.ts';
import { antivirusShow } from './antivirus-show.ts';
import { completionOf } from './completion.ts';
import { complianceDevices } from './compliance-devices.ts';
import { compliancePackage } from './compliance-package.ts';
import { complianceShow } from './compliance-show.ts';
import { deployNetboot } from './deploy-netboot.ts';
import { deployPreregister } from './deploy-preregister.ts';
import { deployToken } from './deploy-token.ts';
import { deployUsb } from './deploy-usb.ts';
import { deviceList } from './device-list.ts';
import { deviceShow } from './device-show.ts';
import { editionAttest } from './edition-attest.ts';
import { editionBuild } from './edition-build.ts';
import { editionCheck } from './edition-check.ts';
import { editionChecklist } from './edition-checklist.ts';
import { editionDiff } from './edition-diff.ts';
import { editionLock } from './edition-lock.ts';
import { editionPlan } from './edition-plan.ts';
import { editionVerify } from './edition-verify.ts';
import { keyNew } from './key-new.ts';
import { keyShow } from './key-show.ts';
import { licenceActivateOffline } from './licence-activate-offline.ts';
import { licenceActivations } from './licence-activations.ts';
import { licenceAgreement } from './licence-agreement.ts';
import { licenceAlerts } from './licence-alerts.ts';
import { licenceAllocate } from './licence-allocate.ts';
import { licenceEntitlement } from './licence-entitlement.ts';
import { licenceImport } from './licence-import.ts';
import { licenceReport } from './licence-report.ts';
import { licenceRevoke } from './licence-revoke.ts';
import { licenceTransfer } from './licence-transfer.ts';
import { patchCheck } from './patch-check.ts';
import { patchImportFeed } from './patch-import-feed.ts';
import { patchKey } from './patch-key.ts';
import { patchPropose } from './patch-propose.ts';
import { patchScan } from './patch-scan.ts';
import { patchServe } from './patch-serve.ts';
import { personAdd } from './person-add.ts';
import { personDisable } from './person-disable.ts';
import { personGrant } from './person-grant.ts';
import { personList } from './person-list.ts';
import { personRevoke } from './person-revoke.ts';
import { releaseApprove } from './release-approve.ts';
import { releaseComplete } from './release-complete.ts';
import { releasePropose } from './release-propose.ts';
import { releasePublish } from './release-publish.ts';
import { releaseReject } from './release-reject.ts';
import { releaseShow } from './release-show.ts';
import { releaseStatus } from './release-status.ts';
import { releaseWithdraw } from './release-withdraw.ts';
import { rolloutApprove } from './rollout-approve.ts';
import { rolloutBegin } from './rollout-begin.ts';
import { rolloutDefer } from './rollout-defer.ts';
import { rolloutList } from './rollout-list.ts';
import { rolloutPause } from './rollout-pause.ts';
import { rolloutPlan } from './rollout-plan.ts';
import { rolloutResume } from './rollout-resume.ts';
import { rolloutShow } from './rollout-show.ts';
import { rolloutSimulate } from './rollout-simulate.ts';
import { rolloutSkip } from './rollout-skip.ts';
import { rolloutStop } from './rollout-stop.ts';
import { serve } from './serve.ts';
import { tokenNew } from './token-new.ts';
import { trustInit } from './trust-init.ts';
import { trustShow } from './trust-show.ts';
import { trustSignRoot } from './trust-sign-root.ts';
import { vendorSignPolicy } from './vendor-sign-policy.ts';

/** Every command, in the order help shows them: as an edition comes to be. */
export const commands: readonly Command[] = [
  keyNew,
  keyShow,
  trustInit,
  trustSignRoot,
  trustShow,
  antivirusPack,
  antivirusPublish,
  antivirusShow,
  editionCheck,
  editionLock,
  editionPlan,
  editionBuild,
  editionDiff,
  editionVerify,
  editionChecklist,
  editionAttest,
  vendorSignPolicy,
  releasePropose,
  releaseShow,
  releaseApprove,
  releaseReject,
  releasePublish,
  releaseComplete,
  releaseWithdraw,
  releaseStatus,
  patchScan,
  patchImportFeed,
  patchPropose,
  patchKey,
  patchServe,
  patchCheck,
  serve,
  agencyList,
  agencyAdd,
  personList,
  personAdd,
  personGrant,
  personRevoke,
  personDisable,
  licenceAgreement,
  licenceEntitlement,
  licenceAllocate,
  licenceImport,
  licenceActivateOffline,
  licenceActivations,
  licenceTransfer,
  licenceRevoke,
  licenceAlerts,
  licenceReport,
  deployUsb,
  deployNetboot,
  deployToken,
  deployPreregister,
  tokenNew,
  deviceList,
  deviceShow,
  rolloutPlan,
  rolloutSimulate,
  rolloutBegin,
  rolloutList,
  rolloutShow,
  rolloutPause,
  rolloutResume,
  rolloutSkip,
  rolloutStop,
  rolloutApprove,
  rolloutDefer,
  complianceShow,
  complianceDevices,
  compliancePackage,
  antivirusProviders,
  antivirusSelect,
  antivirusSelections,
  completionOf(() => commands),
];
