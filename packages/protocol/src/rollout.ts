import Type, { type Static } from 'typebox';
import { Instant, Sha256 } from './common.ts';

/**
 * What a device is to run, in the answer to its check-in. A device verifies the release as ever: a target gives no right, it
 * only says when. Absent: begin nothing new, finish what has begun.
 */
export const RolloutTarget = Type.Object({
  releaseSha256: Sha256,
  version: Type.String(),
  sequence: Type.Integer({ minimum: 1 }),
  downloadFrom: Type.Optional(Instant),
  /** Absent: install at any time. Without `to` it stays open. */
  installWindow: Type.Optional(Type.Object({ from: Instant, to: Type.Optional(Instant) })),
  /** From here on it is installed whatever window there is and whatever the person prefers. */
  deadline: Instant,
});
export type RolloutTarget = Static<typeof RolloutTarget>;

export const RolloutStep = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('downloading'),
  Type.Literal('downloaded'),
  Type.Literal('installing'),
  Type.Literal('restart-needed'),
  Type.Literal('installed'),
  /** Given up: the device does not try this release again by itself. */
  Type.Literal('failed'),
  /** It started the release and went back to the one before. */
  Type.Literal('fell-back'),
]);
export type RolloutStep = Static<typeof RolloutStep>;

/** How far a device has come with the release it was last told to run. */
export const RolloutReport = Type.Object({
  releaseSha256: Sha256,
  step: RolloutStep,
  since: Instant,
  /** The code of what went wrong. */
  code: Type.Optional(Type.String({ maxLength: 100 })),
  /** What the health checks after start found; absent until they have run. */
  healthy: Type.Optional(Type.Boolean()),
});
export type RolloutReport = Static<typeof RolloutReport>;
