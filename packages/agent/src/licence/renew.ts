import {
  type ErrorParams,
  isImprintError,
  type LeaseClaims,
  type LeaseRequest,
  type LicenceToken,
} from '@imprint/protocol';
import { verifyLease } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { type PostResult, postMessage } from '../http/post.ts';
import { enrolledKey } from '../message/check-in.ts';
import type { DeviceKey } from '../message/key.ts';
import { refusalError } from '../message/refusal.ts';
import { readSettings } from '../settings.ts';
import { isRecord } from '../state/json.ts';
import { acceptLease } from './accept.ts';
import type { Licence } from './read.ts';
import { attemptsRecord, type OpenRequest } from './records.ts';
import { ensureRequest, leaseRequest, type RequestOptions, signLeaseRequest } from './request.ts';
import { waitMs } from './rules.ts';

/** Short: what a device does for its licence holds up nothing else that it does. */
const timeoutMs = 20_000;

export const leasesPath = '/v1/leases';

/** What an answered request came to; `code` says that the seat is beyond those agreed. */
export interface Granted {
  readonly claims: LeaseClaims;
  readonly code?: string;
}

function answeredLease(accepted: Record<string, unknown>): LicenceToken {
  const { lease } = accepted;
  if (!isRecord(lease) || typeof lease.token !== 'string') {
    throw agentError('AGENT_ANSWER_MALFORMED', { path: leasesPath, expected: 'a lease' });
  }
  const { token, national } = lease;
  return typeof national === 'string' ? { token, national } : { token };
}

/** Remembers a failure for the next wait; a server that was not reached takes nothing back of what it said before. */
function rememberFailure(device: Device, licence: Licence, deviceId: string, error: unknown): void {
  const { attempts, lease } = licence;
  const failures = (attempts?.failures ?? 0) + 1;
  const params: ErrorParams = isImprintError(error) ? error.params : {};
  const isRefusal = isImprintError(error, 'AGENT_SERVER_REFUSED');
  const asked = typeof params.retryAfterSeconds === 'number' ? params.retryAfterSeconds : undefined;
  const nextAt = new Date(device.now().getTime() + waitMs(failures, asked, device.random())).toISOString();
  const code = isRefusal ? String(params.code) : attempts?.code;
  const title = isRefusal ? String(params.title) : attempts?.title;
  attemptsRecord.save(device.files, {
    deviceId,
    generation: lease?.generation ?? 0,
    failures,
    nextAt,
    ...(code === undefined ? {} : { code }),
    ...(title === undefined ? {} : { title }),
  });
}

function post(device: Device, key: DeviceKey, request: LeaseRequest): Promise<PostResult> {
  const url = new URL(`${readSettings(device).server}${leasesPath}`);
  return postMessage(url, signLeaseRequest(key, request), device.now(), timeoutMs);
}

/** Where a request looks like a recorded one because this clock is wrong: the time the server wants in its place. */
function serverTime(result: PostResult): string | undefined {
  if (!('refused' in result) || result.refused.code !== 'LICENSING_REQUEST_REPLAYED') return undefined;
  const time = new Date(String(result.refused.params.serverTime));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function takeAnswer(device: Device, licence: Licence, open: OpenRequest, result: PostResult): Granted {
  if ('refused' in result) throw refusalError(result.refused, leasesPath);
  const { accepted } = result;
  const lease = answeredLease(accepted);
  verifyLease(lease, licence.root, open);
  const claims = acceptLease(device, licence, lease, open.deviceId);
  return typeof accepted.code === 'string' ? { claims, code: accepted.code } : { claims };
}

/**
 * Asks the server for a lease and takes its answer. A failure is durable as the wait before the next attempt.
 * @throws AGENT_NOT_ENROLLED, AGENT_SERVER_REFUSED, AGENT_SERVER_BUSY, AGENT_ANSWER_MALFORMED, what taking a lease throws and
 * what reaching the server throws
 */
export async function requestLease(
  device: Device,
  licence: Licence,
  options: RequestOptions = {},
): Promise<Granted> {
  const key = enrolledKey(device);
  const open = ensureRequest(device, licence, key, options);
  try {
    const request = leaseRequest(device, licence, open);
    const first = await post(device, key, request);
    const issuedAt = serverTime(first);
    const result = issuedAt === undefined ? first : await post(device, key, { ...request, issuedAt });
    return takeAnswer(device, licence, open, result);
  } catch (error) {
    if (!isImprintError(error, 'AGENT_STATE_UNWRITABLE'))
      rememberFailure(device, licence, key.deviceId, error);
    throw error;
  }
}
