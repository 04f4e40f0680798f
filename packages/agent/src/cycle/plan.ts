/** What a cycle knows of itself so far. */
export interface CycleState {
  /** On a system that the edition sets up as it runs: whether that was done in this cycle. */
  readonly setUp?: 'due' | 'done';
  readonly isEnrolled: boolean;
  readonly hasToken: boolean;
  /** Whether the channel was looked at in this cycle; a refusal counts, it is reported. */
  readonly isReleaseChecked: boolean;
  /** Whether the licence was kept up in this cycle; it cannot fail. */
  readonly isLicenceKept: boolean;
  readonly isObserved: boolean;
  readonly isReported: boolean;
  /** Whether the core is to be verified in this cycle. */
  readonly isVerificationDue: boolean;
  /** Something that was looked at is still starting: worth one more look in this cycle. */
  readonly isSettling: boolean;
}

export type Step =
  | { readonly kind: 'set-up' }
  | { readonly kind: 'enrol' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'license' }
  | { readonly kind: 'observe' }
  | { readonly kind: 'report' }
  | { readonly kind: 'verify' }
  | { readonly kind: 'settle' }
  | { readonly kind: 'sleep'; readonly isEnrolled: boolean };

/**
 * The next step towards a device that is set up, is enrolled, has looked at its channel, has seen to its licence, has said how it is and has verified its
 * core. The first report goes out before the long verification; its result, and that of what was still starting, goes
 * out right after.
 */
export function nextStep(state: CycleState): Step {
  if (state.setUp === 'due') return { kind: 'set-up' };
  if (!state.isEnrolled && state.hasToken) return { kind: 'enrol' };
  if (!state.isEnrolled) {
    return state.isLicenceKept ? { kind: 'sleep', isEnrolled: false } : { kind: 'license' };
  }
  if (!state.isReleaseChecked) return { kind: 'refresh' };
  if (!state.isLicenceKept) return { kind: 'license' };
  if (!state.isObserved) return state.isSettling ? { kind: 'settle' } : { kind: 'observe' };
  if (!state.isReported) return { kind: 'report' };
  if (state.isVerificationDue) return { kind: 'verify' };
  if (state.isSettling) return { kind: 'settle' };
  return { kind: 'sleep', isEnrolled: true };
}
