interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly required?: string[];
  readonly items?: Schema;
  readonly anyOf?: Schema[];
  readonly allOf?: Schema[];
  readonly const?: unknown;
  readonly enum?: unknown[];
  readonly additionalProperties?: Schema | boolean;
}
interface Operation {
  readonly operationId?: string;
  readonly security?: { token?: string[] }[];
  readonly parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
export interface ApiDescription {
  readonly paths: Record<string, Record<string, Operation>>;
}

/** What callers depend on, one operation after another: the golden a reviewer reads when the API changes. */
export function apiSurface({ paths }: ApiDescription): string {
  const lines = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationText(method, path, operation)),
  );
  return `${lines.sort().join('\n')}\n`;
}

function operationText(method: string, path: string, operation: Operation): string {
  const { operationId, security = [], parameters = [], requestBody, responses } = operation;
  const scope = security.flatMap(({ token = [] }) => token).join(' ');
  const content = (body?: { content?: Record<string, { schema: Schema }> }) =>
    Object.entries(body?.content ?? {}).map(([type, { schema }]) => `${type} ${shape(schema)}`);
  return [
    `${method.toUpperCase()} ${path}  ${operationId ?? ''}${scope === '' ? '' : `  [${scope}]`}`,
    ...parameters.map(
      ({ name, in: at, required, schema }) => `  ${at} ${name}${required ? '' : '?'}: ${shape(schema)}`,
    ),
    ...content(requestBody).map((text) => `  body ${text}`),
    ...Object.entries(responses).map(([status, body]) => `  ${status} ${content(body).join(' | ')}`),
    '',
  ].join('\n');
}

function shape(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(shape).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map(shape).join(' & ');
  if (schema.type === 'array') return `[${shape(schema.items ?? {})}]`;
  if (schema.type === 'object') return objectShape(schema);
  return schema.type ?? 'any';
}

function objectShape({ properties = {}, required = [], additionalProperties }: Schema): string {
  const members = Object.entries(properties).map(
    ([name, member]) => `${name}${required.includes(name) ? '' : '?'}: ${shape(member)}`,
  );
  if (typeof additionalProperties === 'object') members.push(`[name]: ${shape(additionalProperties)}`);
  return `{${members.join('; ')}}`;
}
