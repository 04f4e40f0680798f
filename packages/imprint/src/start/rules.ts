import type { Reported } from './facts.ts';

/** Is this the report `npm start` waits for? There are figures, and the server judges every one of them ok. */
export function isAccepted({ posture }: Pick<Reported, 'posture'>): boolean {
  return posture.figures.length > 0 && posture.figures.every(({ state }) => state === 'ok');
}
