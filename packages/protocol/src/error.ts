/** The languages every message exists in; Chinese is a first language here, not a translation of last resort. */
export type Language = 'en' | 'zh-CN';
export type Localized = Readonly<Record<Language, string>>;

/** Process exit codes: 1 the answer is no · 2 usage or bad input · 3 not permitted · 4 unavailable, try again · 70 bug · 130 interrupted. */
export type ExitCode = 1 | 2 | 3 | 4 | 70 | 130;

/** One registered error. `message` and `hint` may hold `{name}` placeholders that `params` fill. */
export interface ErrorDefinition {
  readonly status: number;
  readonly exit: ExitCode;
  readonly message: Localized;
  readonly hint?: Localized;
}

export type ErrorRegistry = Readonly<Record<string, ErrorDefinition>>;
export type ErrorParams = Readonly<Record<string, string | number | boolean>>;

/** The place an error speaks of: a file with 1-based line and column, or an RFC 6901 pointer into a document. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly pointer?: string;
}

export interface ErrorOptions {
  readonly cause?: unknown;
  readonly place?: ErrorPlace;
  /** Further errors found in the same input, when several are reported at once. */
  readonly details?: readonly ImprintError[];
}

/** Fills `{name}` placeholders; a placeholder without a parameter stays as it is, so the gap is seen. */
export function fillPlaceholders(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in params ? String(params[name]) : whole,
  );
}

/** An expected failure with a stable code; `message` may be shown to people, `cause` never leaves the process. */
export class ImprintError extends Error {
  override readonly name = 'ImprintError';
  readonly code: string;
  readonly definition: ErrorDefinition;
  readonly params: ErrorParams;
  readonly place: ErrorPlace | undefined;
  readonly details: readonly ImprintError[];

  constructor(code: string, definition: ErrorDefinition, params: ErrorParams, options: ErrorOptions) {
    super(
      fillPlaceholders(definition.message.en, params),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.definition = definition;
    this.params = params;
    this.place = options.place;
    this.details = options.details ?? [];
  }

  messageIn(language: Language): string {
    return fillPlaceholders(this.definition.message[language], this.params);
  }

  hintIn(language: Language): string | undefined {
    const hint = this.definition.hint?.[language];
    return hint === undefined ? undefined : fillPlaceholders(hint, this.params);
  }
}

export type ErrorFactory<R extends ErrorRegistry> = (
  code: keyof R & string,
  params?: ErrorParams,
  options?: ErrorOptions,
) => ImprintError;

/** Returns the constructor of a room's or package's errors; only its registered codes type-check. */
export function errorFactory<const R extends ErrorRegistry>(registry: R): ErrorFactory<R> {
  return (code, params = {}, options = {}) => {
    const definition = registry[code];
    if (definition === undefined) throw new TypeError(`unregistered error code ${code}`);
    return new ImprintError(code, definition, params, options);
  };
}

/** True for an `ImprintError`, also one with the given code. */
export function isImprintError(value: unknown, code?: string): value is ImprintError {
  return value instanceof ImprintError && (code === undefined || value.code === code);
}
