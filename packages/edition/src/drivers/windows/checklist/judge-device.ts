import type { ChecklistData, ExpectedPath, RegistryExpectation } from './checklist-data.ts';
import { factsOf, listOf, textOf } from './facts.ts';
import { judgeFirstBoot } from './judge-first-boot.ts';
import { storeHealth } from './judge-image.ts';
import { type ChecklistCheck, judged, unknownCheck } from './judgement.ts';
import type { DeviceChecklistReport } from './model.ts';

/** Whether an installed device is what the build intends: files, policies, authorities, first boot, servicing. */
export function judgeDevice(data: ChecklistData, report: DeviceChecklistReport): ChecklistCheck[] {
  const seen = factsOf(report);
  const isUpdated = report.machine.osVersion !== data.image.osVersion;
  return [
    judged('edition-id', data.image.editionId, report.machine.editionId, report.finishedAt),
    ...data.paths.map((expected) => judgePath(expected, seen, isUpdated)),
    ...data.registry.map((expected) => judgeRegistry(expected, seen)),
    ...data.roots.map((thumbprint) => judgeRoot(thumbprint, seen)),
    ...data.firstBoot.map((step) => judgeFirstBoot(step, seen)),
    ...['check', 'scan'].map((look) => storeHealth(`servicing-${look}-health`, seen)),
    judgeUpdates(seen),
  ];
}

type Look = ReturnType<typeof factsOf>;

/** An update replaces files of the core, and a running system those it owns: then another digest says nothing. */
function judgePath(expected: ExpectedPath, seen: Look, isUpdated: boolean): ChecklistCheck {
  const { path, digest, volatile } = expected;
  const id = `path:${path}`;
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const got = textOf(found.facts, 'present') === 'true' ? textOf(found.facts, 'digest') : 'missing';
  if (got === digest) return judged(id, digest, got, found.at);
  if (volatile) return unknownCheck(id, 'a running system rewrites it', found.at);
  if (expected.class === 'core' && isUpdated)
    return unknownCheck(id, 'the device runs another build than the image', found.at);
  return judged(id, digest, got, found.at);
}

function judgeRegistry(expectation: RegistryExpectation, seen: Look): ChecklistCheck {
  const { policy, root, key, name, type, expected } = expectation;
  const id = `policy:${policy}:${root}\\${key}\\${name}`;
  const found = seen(`registry:${root}\\${key}\\${name}`);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const wanted = `${type}: ${expected}`;
  if (root === 'HKLM') {
    const isPresent = textOf(found.facts, 'present') === 'true';
    const got = isPresent ? `${textOf(found.facts, 'type')}: ${textOf(found.facts, 'value')}` : 'none';
    return judged(id, wanted, got, found.at);
  }
  const accounts = Number(textOf(found.facts, 'accounts'));
  if (accounts === 0) return unknownCheck(id, 'nobody was signed in', found.at);
  const types = listOf(found.facts, 'types');
  const values = listOf(found.facts, 'values').map((value, at) => `${types[at] ?? ''}: ${value}`);
  const missing = Array.from({ length: Math.max(0, accounts - values.length) }, () => 'none');
  const others = [...values, ...missing].filter((value) => value !== wanted);
  return judged(id, wanted, others[0] ?? wanted, found.at);
}

function judgeRoot(thumbprint: string, seen: Look): ChecklistCheck {
  const id = `root-store:${thumbprint}`;
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  return judged(id, 'present', textOf(found.facts, 'present') === 'true' ? 'present' : 'missing', found.at);
}

/** OperationResultCode of the update client. Source: learn.microsoft.com, wuapi.h: 2 succeeded, 3 with errors, 4 failed, 5 aborted. */
const succeeded = '2';

function judgeUpdates(seen: Look): ChecklistCheck {
  const id = 'windows-update';
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const results = listOf(found.facts, 'results');
  const [last] = results;
  if (last === undefined) return unknownCheck(id, 'no update was tried yet', found.at);
  return judged(id, 'the last update succeeded', describeResult(last), found.at);
}

const describeResult = (code: string): string =>
  code === succeeded ? 'the last update succeeded' : `the last update ended with result ${code}`;
