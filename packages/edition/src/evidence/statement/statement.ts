import type { BuildRecord } from '@imprint/protocol';

export type Artifact = BuildRecord['artifacts'][number];

/** An in-toto Statement v1: what a predicate is about, by digest. Source: in-toto attestation spec v1, Statement. */
export interface Statement<P> {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: P;
}

/** Builds a statement about artifacts, their digests SHA-256 and, where they have it, SM3. */
export function statementAbout<P>(
  artifacts: readonly Artifact[],
  predicateType: string,
  predicate: P,
): Statement<P> {
  const subject = artifacts.map(({ name, digests: { sha256, sm3 } }) => ({
    name,
    digest: { sha256, ...(sm3 === undefined ? {} : { sm3 }) },
  }));
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate };
}
