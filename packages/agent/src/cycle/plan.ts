/** What a cycle knows of itself so far. */
export interface CycleState {
  readonly isEnrolled: boolean;
  readonly hasToken: boolean;
  /** Whether the channel was looked at in this cycle; a refusal counts, it is reported. */
  readonly isReleaseChecked: boolean;
  readonly isObserved: boolean;
  readonly isReported: boolean;
  readonly integrity: 'fresh' | 'due' | 'impossible';
}

export type Step =
  | { readonly kind: 'enrol' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'observe' }
  | { readonly kind: 'report' }
  | { readonly kind: 'verify' }
  | { readonly kind: 'sleep'; readonly isEnrolled: boolean };

/**
 * The next step towards a device that is enrolled, has looked at its channel, has said how it is and has verified its
 * core. The first report goes out before the long verification; the verification's result goes out right after it.
 */
export function nextStep(state: CycleState): Step {
  if (!state.isEnrolled) return state.hasToken ? { kind: 'enrol' } : { kind: 'sleep', isEnrolled: false };
  if (!state.isReleaseChecked) return { kind: 'refresh' };
  if (!state.isObserved) return { kind: 'observe' };
  if (!state.isReported) return { kind: 'report' };
  if (state.integrity === 'due') return { kind: 'verify' };
  return { kind: 'sleep', isEnrolled: true };
}
