import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Opens the structured log: JSON lines on the destination (stderr by default), with secrets removed. */
export function openLog(level: string, destination: DestinationStream = pino.destination(2)): Log {
  return pino(
    {
      level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['req.headers', 'headers.authorization', '*.token', '*.secret', '*.password', '*.passphrase'],
        remove: true,
      },
    },
    destination,
  );
}
