import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const allocationErrors = {} as const satisfies ErrorRegistry;

export const allocationError = errorFactory(allocationErrors);
