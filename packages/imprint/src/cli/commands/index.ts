import type { Command } from '../command.ts';
import { antivirusPack } from './antivirus-pack.ts';
import { completionOf } from './completion.ts';
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
import { releaseApprove } from './release-approve.ts';
import { releasePropose } from './release-propose.ts';
import { releasePublish } from './release-publish.ts';
import { releaseReject } from './release-reject.ts';
import { releaseShow } from './release-show.ts';
import { releaseStatus } from './release-status.ts';
import { releaseWithdraw } from './release-withdraw.ts';
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
  releaseWithdraw,
  releaseStatus,
  serve,
  tokenNew,
  deviceList,
  deviceShow,
  completionOf(() => commands),
];
