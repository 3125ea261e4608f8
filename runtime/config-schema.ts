// The shape of clyra.yaml (JSON Schema 2020-12).

const limits = {
  type: 'object',
  required: ['max_rows', 'statement_timeout_ms', 'lock_timeout_ms'],
  additionalProperties: false,
  properties: {
    max_rows: { type: 'integer', minimum: 0 },
    statement_timeout_ms: { type: 'integer', minimum: 1, maximum: 3600000 },
    lock_timeout_ms: { type: 'integer', minimum: 1, maximum: 600000 },
    grant_seconds: { type: 'integer', minimum: 1, maximum: 86400 },
  },
}

const secret = { type: 'string', pattern: '^(file|env):.+$' }

const target = {
  type: 'object',
  required: ['kind', 'dml', 'ddl', 'mode', 'policy', 'limits'],
  additionalProperties: false,
  properties: {
    kind: { const: 'postgres' },
    dml: secret,
    ddl: secret,
    mode: { enum: ['gate', 'review'] },
    policy: { type: 'string', minLength: 1 },
    limits,
  },
}

const caller = {
  type: 'object',
  required: ['actor', 'roles'],
  additionalProperties: false,
  properties: {
    actor: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,99}$' },
    person: { type: 'string', minLength: 1, maxLength: 200 },
    roles: { type: 'array', items: { enum: ['requester', 'approver', 'operator', 'auditor', 'admin'] }, minItems: 1 },
  },
}

export const configSchema = {
  type: 'object',
  required: ['spec', 'tenant', 'log_name', 'store', 'targets'],
  additionalProperties: false,
  properties: {
    spec: { const: 0 },
    tenant: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
    log_name: { type: 'string', pattern: '^[a-z0-9][a-z0-9./_-]{0,99}$' },
    store: { type: 'object', required: ['url'], additionalProperties: false, properties: { url: secret } },
    targets: { type: 'object', minProperties: 1, propertyNames: { pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' }, additionalProperties: target },
    door: {
      type: 'object',
      required: ['origin'],
      additionalProperties: false,
      // A browser gives passkeys to secure pages alone; of those without TLS only localhost is one.
      properties: { origin: { type: 'string', maxLength: 300, pattern: '^(https://[a-z0-9.-]+|http://localhost)(:[0-9]{1,5})?$' } },
    },
    callers: { type: 'array', items: caller },
    demo: {
      type: 'object',
      required: ['pack', 'database'],
      additionalProperties: false,
      properties: { pack: { type: 'string' }, database: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,62}$' } },
    },
    sso: {
      type: 'object',
      required: ['issuer', 'client_id'],
      additionalProperties: false,
      properties: {
        // A token read on the way could be used by whoever read it; only on this machine is there no way.
        issuer: {
          type: 'string',
          maxLength: 300,
          pattern: '^(https://[!-~]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]{1,5})?(/[!-~]*)?)$',
        },
        client_id: { type: 'string', minLength: 1, maxLength: 200 },
        client_secret: secret,
        tenant_claim: {
          type: 'object',
          required: ['name', 'value'],
          additionalProperties: false,
          properties: { name: { enum: ['tid', 'hd', 'org_id'] }, value: { type: 'string', minLength: 1, maxLength: 200 } },
        },
        acr_values: { type: 'array', items: { type: 'string', pattern: '^[!-~]{1,200}$' }, maxItems: 20 },
        max_age_seconds: { type: 'integer', minimum: 0, maximum: 3600 },
      },
    },
    slack: {
      type: 'object',
      required: ['channel', 'token'],
      additionalProperties: false,
      properties: {
        channel: { type: 'string', pattern: '^[CG][A-Z0-9]{2,30}$' },
        token: secret,
        signing_secret: secret,
        api_url: { type: 'string', pattern: '^https?://[^?#]+/$' },
      },
    },
  },
}
