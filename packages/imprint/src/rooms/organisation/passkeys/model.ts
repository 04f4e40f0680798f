import { Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';

const base64url = (maxLength: number) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]+$', minLength: 1, maxLength });

const credential = {
  id: base64url(1400),
  rawId: base64url(1400),
  type: Type.Literal('public-key'),
  authenticatorAttachment: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Null()])),
  clientExtensionResults: Type.Object({}, { additionalProperties: true }),
};

/** `PublicKeyCredential.toJSON()` after `create()`. Source: WebAuthn Level 3 §5.1. */
export const Registration = Type.Object({
  ...credential,
  response: Type.Object(
    {
      clientDataJSON: base64url(8192),
      attestationObject: base64url(65_536),
      transports: Type.Optional(
        Type.Array(Type.String({ pattern: '^[a-z-]{1,20}$' }), { maxItems: 10, uniqueItems: true }),
      ),
    },
    { additionalProperties: true },
  ),
});
export type Registration = Static<typeof Registration>;

/** `PublicKeyCredential.toJSON()` after `get()`. Source: WebAuthn Level 3 §5.1. */
export const Assertion = Type.Object({
  ...credential,
  response: Type.Object(
    {
      clientDataJSON: base64url(8192),
      authenticatorData: base64url(8192),
      signature: base64url(8192),
      userHandle: Type.Optional(Type.Union([base64url(100), Type.Null()])),
    },
    { additionalProperties: true },
  ),
});
export type Assertion = Static<typeof Assertion>;

/** Options for `navigator.credentials`, in the form that `parseCreationOptionsFromJSON` and its like take. */
export const Options = Type.Unsafe<object>({ type: 'object', additionalProperties: true });

export const Label = Type.String({ minLength: 1, maxLength: 100 });

/** A passkey as its owner sees it. */
export const Passkey = Type.Object({
  id: Type.String(),
  label: Type.String(),
  createdAt: Instant,
  lastUsedAt: Type.Optional(Instant),
});
export type Passkey = Static<typeof Passkey>;
