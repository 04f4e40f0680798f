import type { ActionPhase, Feedback } from './model.ts';

/** What is kept: of a device its newest closed actions, of an action its newest feedback. */
export const kept = { actions: 20, feedback: 20, details: 8, detailLength: 200 } as const;

/** The secret of `Authorization: TargetToken …`. Source: hawkBit DDI, security token authentication. */
export function targetTokenOf(authorization: string | undefined): string | undefined {
  return /^TargetToken +([A-Za-z0-9_-]{43})$/i.exec(authorization ?? '')?.[1];
}

/** Seconds as DDI writes them, `HH:MM:SS`, at most a day. */
export function pollingSleep(seconds: number): string {
  const bounded = Math.min(seconds, 86_399);
  const parts = [Math.floor(bounded / 3600), Math.floor(bounded / 60) % 60, bounded % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** What a device's word makes of an action; undefined when it goes on as it was. */
export function phaseAfter(phase: ActionPhase, { status }: Feedback): ActionPhase | undefined {
  if (phase !== 'open' && phase !== 'cancelling') return undefined;
  const { execution, result } = status;
  if (execution === 'canceled') return 'cancelled';
  if (execution === 'rejected') return 'failed';
  if (execution !== 'closed') return undefined;
  return result.finished === 'success' ? 'succeeded' : 'failed';
}

/** What a device's word on a cancellation makes of the action: it is gone, or it goes on. */
export function phaseAfterCancel(phase: ActionPhase, { status }: Feedback): ActionPhase | undefined {
  if (phase !== 'cancelling') return undefined;
  const { execution, result } = status;
  if (execution === 'rejected') return 'open';
  if (execution === 'canceled') return 'cancelled';
  if (execution !== 'closed') return undefined;
  return result.finished === 'failure' ? 'open' : 'cancelled';
}

/** A client's lines as they are kept: few, short, printable. */
export function keptDetails({ status }: Feedback): string[] {
  const lines = (status.details ?? []).slice(-kept.details);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return lines.map((line) => line.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, kept.detailLength));
}

export interface Artifact {
  readonly id: number;
  readonly version: string;
  readonly artifact: string;
  readonly artifact_sha256: string;
  readonly artifact_sha1: string;
  readonly size_bytes: number;
}

/** Path of a published file in the content tree. */
export const blobPath = (sha256: string): string => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

/** An artifact as DDI describes it; its bytes are public content, named by digest. */
export function artifactDocument(origin: string, action: Artifact) {
  const href = `${origin}/content/${blobPath(action.artifact_sha256)}`;
  return {
    filename: action.artifact,
    hashes: { sha1: action.artifact_sha1, sha256: action.artifact_sha256 },
    size: action.size_bytes,
    _links: { download: { href }, 'download-http': { href } },
  };
}

/** A deployment as DDI describes it: one chunk of one artifact, forced, as the assignment was somebody's decision. */
export function deploymentDocument(origin: string, action: Artifact) {
  const { id, version, artifact } = action;
  const chunk = { part: 'os', version, name: artifact, artifacts: [artifactDocument(origin, action)] };
  return { id: String(id), deployment: { download: 'forced', update: 'forced', chunks: [chunk] } };
}
