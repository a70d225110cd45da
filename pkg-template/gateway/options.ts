// What a gateway is made with, and what it is. The values are checked in the wasm.

/** Who asks, as the gateway knows it. */
export interface Identity {
  /** Who it is, for the one who signs people in: `sub` of a JWT. */
  subject: string;
  /** `iss` of a JWT. */
  issuer?: string;
  /**
   * To whom it belongs, where `authorize` says it. Tenants share nothing: no answer that is kept, and none takes another's
   * share of the quota. Where none is said, those who may see the same are a tenant.
   */
  tenant?: string;
  /** The claims of a JWT, without those that change from token to token. */
  claims?: Record<string, unknown>;
  [more: string]: unknown;
}

/** What an identity may see: the cases of contracts and of users. `"*"` is all of them; nothing else is. */
export interface Permissions {
  /** Contract ids; left out: none. */
  contract_ids?: string[] | "*";
  /** Cisco.com user ids; left out: none. */
  user_ids?: string[] | "*";
}

/** How sign-ins are verified. */
export interface JwtOptions {
  /** `iss`, exactly; several where several sign people in. */
  issuer: string | string[];
  /** `aud`, exactly; one of several. */
  audience: string | string[];
  /**
   * The claim that holds the audience, where the identity provider writes none in `aud`: `client_id` of Cognito's access
   * tokens, `azp` of Clerk. Default `aud`.
   */
  audienceClaim?: string;
  /**
   * The header that holds the token, such as `Cf-Access-Jwt-Assertion`, which Cloudflare Access adds. Default
   * `Authorization`, after `Bearer`. With another one browsers keep no answer.
   */
  header?: string;
  /** Where the keys are (JWK Set): https, http on localhost. Fetched once for all isolates, again after ten minutes or for a key that is not among them; while their host is down, the last ones are good. */
  jwksUri?: string;
  /** The keys themselves, in place of their address. */
  jwks?: {
    /** JSON Web Keys (RFC 7517). */
    keys: object[];
  };
  /** The algorithms that are accepted, public-key ones only: `RS256`, `ES256`, `EdDSA` … */
  algorithms: string | string[];
  /** By how many seconds clocks may differ where `exp` and `nbf` are checked (30; at most 300). */
  clockToleranceSeconds?: number;
  /** The claim that names the tenant. A sign-in without it is refused. Left out: those who may see the same are a tenant. */
  tenant?: string;
}

/** One line for each request. It holds no token and no person's name, mail or id. */
export interface AuditEntry {
  /** When it was written (RFC 3339). */
  time: string;
  /** What `X-Request-ID` told whoever asked. */
  requestId: string;
  /** Who asked: always the same sixteen hexadecimal digits for one subject, without a way back; `""` where nobody signed in. */
  who: string;
  /** Whose share was used, as far as it is known: the tenant's name or the digits that stand for a set of permissions. */
  tenant: string;
  /** The call, such as `casesByContract`; `health`; `""` where there is none. */
  route: string;
  /** The ids that were asked for; of users, digits as in `who`. */
  ids: string[];
  /** `ok`, or the code of what was refused or failed. */
  outcome: string;
  /** HTTP status. */
  status: number;
  /** What `X-Cache` said; `""` where the service's answer is not what was given. */
  cache: string;
  /** How often the service was asked for it. */
  attempts: number;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** As much of a `DurableObjectNamespace` as is used. */
export interface QuotaNamespace {
  /** The id of the object of that name. */
  idFromName(name: string): unknown;
  /** The object of an id. */
  get(id: unknown): unknown;
}

type MaybePromise<T> = T | Promise<T>;

/** What a gateway is made with. A name that is not here, or a value that cannot be used, is a `TypeError` when the Worker starts, with all that is wrong. */
export interface GatewayOptions<Env = unknown> {
  /** Which of a Worker's gateways (`"default"`): each has a quota of its own. */
  name?: string;
  /** What stands before the service's routes (`/api/case`). */
  prefix?: string;
  /** With what the service is asked. Missing: every request is refused. */
  credentials: (env: Env) => MaybePromise<{
    /** The application's client id. */
    clientId: string;
    /** Its secret. */
    clientSecret: string;
  }>;
  /** The service, where it is another than the real one: a sandbox. */
  upstream?: (env: Env) => {
    /** The service's base address. Default: `https://apix.cisco.com/case/v3`. */
    baseUrl?: string;
    /** The token endpoint. Default: `https://id.cisco.com/oauth2/default/v1/token`. */
    tokenUrl?: string;
  };
  /** Who asks, by a JWT, in `Authorization: Bearer` or in the header that it names. Neither this nor `authorize`: every request is refused. */
  jwt?: JwtOptions | ((env: Env) => JwtOptions);
  /** Who asks, by your own means; `null` for nobody. What it throws refuses the request with 503. */
  authorize?: (request: Request, env: Env) => MaybePromise<Identity | null>;
  /**
   * What an identity may see, by your own means; or by the names of claims that hold it: a list of ids, one id as a text or a
   * number, or `"*"`. Missing: every request is refused.
   */
  permissions:
    | ((identity: Identity, env: Env) => MaybePromise<Permissions | null>)
    | {
        /** The claim that holds contract ids. */
        contract_ids?: string;
        /** The claim that holds user ids. */
        user_ids?: string;
      };
  /** How long that is kept (60). `revoke` takes it back at once. */
  permissionsTtlSeconds?: number;
  /** How long an isolate may go without having asked what was revoked and purged (1); 0: it asks for each answer. `revoke` and `purge` take as long. */
  noticeSeconds?: number;
  /** The namespace of {@link CaseQuota}. Missing: every request is refused. */
  quota: (env: Env) => QuotaNamespace;
  /** Limits of the requests to the service, of all isolates together; 0 or `false` for none. */
  rateLimit?:
    | false
    | {
        /** Requests in any second (5). */
        perSecond?: number;
        /** Requests in any minute (0). */
        perMinute?: number;
        /** Requests in any 24 hours (5000). */
        perDay?: number;
        /** Share of the limits per minute and per day that is reserved for tenants below their equal share, in percent (10). */
        reservePercent?: number;
      };
  /** How long answers are good for, in seconds; `false`: none is kept. */
  cache?:
    | false
    | {
        /** Summaries and details with an open case (30). */
        openSeconds?: number;
        /** Summaries and details of closed cases (3600). */
        closedSeconds?: number;
        /** Lists (30). */
        listSeconds?: number;
        /** Lists of closed cases (300). */
        closedListSeconds?: number;
        /** How long after that an answer is given while a new one is fetched (120). */
        staleSeconds?: number;
        /** How long after that it is given where the service cannot answer (3600). */
        staleIfErrorSeconds?: number;
        /** How many bytes an isolate keeps in its own memory (16 MiB); the data centre's cache has them besides. */
        memoryBytes?: number;
      };
  /** Which pages may ask, besides those of the gateway's own origin. */
  cors?: {
    /**
     * Their origins: `"https://portal.example"`, letter by letter; `"https://*.portal.example"`, in which `*` stands for one
     * label of the host's name; `"capacitor://localhost"`, an app's; a regular expression, which has to match the whole
     * origin. Or a function that gives `true` for an origin.
     */
    origins: (string | RegExp)[] | ((origin: string, env: Env) => boolean);
    /** What pages may send besides `Authorization`, `Accept`, `Cache-Control` and `Traceparent`; `"*"`: whatever they like. None of it is read. */
    headers?: string[] | "*";
    /** Whether their requests may carry cookies (`false`), for an `authorize` that reads a session's. The client is to have `fetchCredentials: "include"`. */
    credentials?: boolean;
    /** How long a browser may remember all that, in seconds (7200; at most a day). */
    maxAge?: number;
  };
  /** How long a request may take, all of it, in milliseconds (25000). */
  timeoutMs?: number;
  /** Where the line of each request goes (`console.log`, as JSON); `false`: nowhere. */
  audit?: ((line: AuditEntry) => void) | false;
  /** What requests are made with, in place of the runtime's `fetch`. */
  fetch?: (input: string, init?: RequestInit) => Promise<Response>;
  /** What a scheduled run does: what `syncTo` of `cisco-support-case/gateway/sync` gives. */
  sync?: Sync<Env>;
}

/** As much of an `ExecutionContext` as is used. */
export interface Context {
  /** Keeps the Worker alive until a promise has settled. */
  waitUntil(promise: Promise<unknown>): void;
}

/** What `syncTo` gives, for `createGateway` and nobody else. */
export interface Sync<Env = unknown> {
  /** One run. */
  readonly run: (gateway: never, env: Env, ctx: Context) => Promise<void>;
}

/** A Worker's handler. It composes: `gateway.fetch(request, env, ctx)` inside a `fetch` of your own. */
export interface Gateway<Env = unknown> {
  /** Answers a request. It never throws. */
  fetch(request: Request, env: Env, ctx: Context): Promise<Response>;
  /**
   * Takes back what was kept of what a subject, a tenant or everybody may see. When it resolves, no isolate answers by it any
   * more. A function is then asked again. Where claims hold the permissions, sign-ins made before (`iat`) are refused with
   * `IDENTITY_EXPIRED` until they are renewed; one without `iat` always is.
   */
  revoke(
    env: Env,
    whose:
      | {
          /** Of one identity, by its `subject`. */
          subject: string;
        }
      | {
          /** Of all identities of a tenant. */
          tenant: string;
        }
      | "everybody",
  ): Promise<void>;
  /** Drops the answers that tell of contracts, or all. When it resolves, no isolate gives one of them any more. */
  purge(
    env: Env,
    what:
      | {
          /** The contracts. */
          contract_ids: string[];
        }
      | "everything",
  ): Promise<void>;
}

/** What a handler has besides where `sync` is given. */
export interface Scheduled<Env = unknown> {
  /** A run of the sync. One that begins while another is under way does nothing. It never throws: its line of the log tells how it went. */
  scheduled(event: unknown, env: Env, ctx: Context): Promise<void>;
}
