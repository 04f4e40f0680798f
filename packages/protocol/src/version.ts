/**
 * The protocol version a device states at every check-in; each bump is a dated line.
 * 1 · 2026-11-23 · enrolment, check-in, release manifest v1
 */
export const protocolVersion = 1;
