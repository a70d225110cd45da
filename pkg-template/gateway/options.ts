// The options of a gateway, which the wasm checks, and its handler.

import type { CaseChange, StatusFlag } from "../client/index.js";
import type { CopyReaders, ListAnswer } from "./copy/answers.js";
import type { CopyDatabase } from "./copy/d1-types.js";

/** An authenticated identity. */
export interface Identity {
  /** The subject as issued by the identity provider: `sub` of a JWT. */
  subject: string;
  /** The issuer: `iss` of a JWT. */
  issuer?: string | undefined;
  /**
   * The tenant, if `authorize` returns one. Tenants share no cached response and no share of the quota. Without one,
   * identities with equal permissions are a tenant.
   */
  tenant?: string | undefined;
  /** The claims of a JWT, without those that change from token to token. */
  claims?: Record<string, unknown> | undefined;
  [more: string]: unknown;
}

/** The permissions of an identity: cases of contracts and of users. Only `"*"` permits all of them. */
export interface Permissions {
  /** Permitted contract ids; none by default. */
  contract_ids?: string[] | "*" | undefined;
  /** Permitted Cisco.com user ids; none by default. */
  user_ids?: string[] | "*" | undefined;
}

/** The rules for verifying JWTs. */
export interface JwtOptions {
  /** The exact value of `iss`, or several. */
  issuer: string | string[];
  /** The exact value of `aud`, or several of which one is enough. */
  audience: string | string[];
  /**
   * The claim with the audience (`aud`), for identity providers that use another one: `client_id` in access tokens of
   * Cognito, `azp` in those of Clerk.
   */
  audienceClaim?: string | undefined;
  /**
   * The header with the token, such as `Cf-Access-Jwt-Assertion` of Cloudflare Access. Default: `Authorization`, after
   * `Bearer`. With another header, browsers do not cache responses.
   */
  header?: string | undefined;
  /**
   * The address of the keys (JWK Set): https, or http on localhost. They are fetched once for all isolates, and again after
   * ten minutes or for a missing key; while the provider fails, the last ones stay valid.
   */
  jwksUri?: string | undefined;
  /** The keys, in place of `jwksUri`. */
  jwks?:
    | {
        /** JSON Web Keys (RFC 7517). */
        keys: object[];
      }
    | undefined;
  /** The accepted algorithms, such as `RS256`, `ES256` or `EdDSA`; only those with public keys. */
  algorithms: string | string[];
  /** Tolerance for `exp` and `nbf` in seconds (30; at most 300). */
  clockToleranceSeconds?: number | undefined;
  /** The claim with the tenant. A token without it is refused. Default: identities with equal permissions are a tenant. */
  tenant?: string | undefined;
}

/** The audit entry of a request. It contains no token, and no name, e-mail address or id of a person. */
export interface AuditEntry {
  /** The time of the response (RFC 3339). */
  time: string;
  /** The value of `X-Request-ID` in the response. */
  requestId: string;
  /** A pseudonym of the subject: 16 hexadecimal digits that cannot be reversed; `""` without an identity. */
  who: string;
  /** The tenant, if it is known: its name, or 16 hexadecimal digits for a set of permissions. */
  tenant: string;
  /** The call, such as `casesByContract`, or `health`; `""` if no route matched. */
  route: string;
  /** The requested ids; for users, pseudonyms as in `who`. */
  ids: string[];
  /** `ok`, or the code of the error. */
  outcome: string;
  /** The HTTP status of the response. */
  status: number;
  /** The value of `X-Cache`; `""` if the response is not the service's. */
  cache: string;
  /** Number of requests to the service, with those of a refresh that a stale response started. */
  attempts: number;
  /** Duration in milliseconds. */
  ms: number;
}

/** The methods of a `DurableObjectNamespace` that the gateway uses. */
export interface QuotaNamespace {
  /** Returns the id of the object with a name. */
  idFromName(name: string): unknown;
  /** Returns a stub of the object with an id. */
  get(id: unknown): unknown;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * Options of {@link createGateway}. An unknown name or an unusable value is a `TypeError` when the Worker starts, with all
 * problems in its message.
 */
export interface GatewayOptions<Env = unknown> {
  /**
   * The name of the gateway (`"default"`). Gateways of a Worker with different names have separate quotas. Those of one name share a
   * Durable Object, so they need equal `rateLimit`, `noticeSeconds` and `jwksUri`, and as `credentials`, `upstream`, `fetch` and
   * `jwt` the same function objects: functions with equal code may have captured other secrets. Others are a `TypeError` at the
   * start of the Worker. One that is made later, as by hot module replacement, takes the place of the earlier one, which then
   * refuses every request.
   */
  name?: string | undefined;
  /** The prefix of the service's routes (`/api/case`). */
  prefix?: string | undefined;
  /** Returns the credentials of the service. Without it every request is refused. */
  credentials: (env: Env) => MaybePromise<{
    /** The application's client id. */
    clientId: string;
    /** The application's client secret. */
    clientSecret: string;
  }>;
  /** Returns the addresses of another service than the real one, such as a sandbox. */
  upstream?:
    | ((env: Env) => {
        /** The base address of the service (`https://apix.cisco.com/case/v3`): `https`, or `http` on localhost. */
        baseUrl?: string | undefined;
        /** The token endpoint (`https://id.cisco.com/oauth2/default/v1/token`), likewise. */
        tokenUrl?: string | undefined;
        /**
         * Whether both may use `http` on other hosts, for a sandbox in a container or in a private network. The secret, tokens
         * and cases then cross the network in plain text. Default `false`.
         */
        allowHttp?: boolean | undefined;
      })
    | undefined;
  /**
   * Authentication by a JWT in `Authorization: Bearer`, or in the header that the options name. Without this and
   * `authorize` every request is refused.
   */
  jwt?: (JwtOptions | ((env: Env) => JwtOptions)) | undefined;
  /** Authentication by a function, in place of `jwt`: returns the identity, or `null` for none. If it throws, the response is 503. */
  authorize?: ((request: Request, env: Env) => MaybePromise<Identity | null>) | undefined;
  /**
   * Authorization: a function that returns the permissions of an identity, or the names of the claims that contain them (a
   * list of ids, one id as a string or a number, or `"*"`). Without it every request is refused.
   */
  permissions:
    | ((identity: Identity, env: Env) => MaybePromise<Permissions | null>)
    | {
        /** The claim with contract ids. */
        contract_ids?: string | undefined;
        /** The claim with user ids. */
        user_ids?: string | undefined;
      };
  /** Time for which permissions are cached, in seconds (60). `revoke` removes them at once. */
  permissionsTtlSeconds?: number | undefined;
  /**
   * The longest time between an isolate's polls for revocations and purges, in seconds (1); 0: it polls before each
   * response. `revoke` and `purge` take as long to resolve.
   */
  noticeSeconds?: number | undefined;
  /** Returns the namespace of {@link CaseQuota}. Without it every request is refused. */
  quota: (env: Env) => QuotaNamespace;
  /** Limits of the requests to the service, of all isolates together; 0 or `false` for none. */
  rateLimit?:
    | false
    | {
        /** Requests in any second (5). */
        perSecond?: number | undefined;
        /** Requests in any minute (0). */
        perMinute?: number | undefined;
        /** Requests in any 24 hours (5000). */
        perDay?: number | undefined;
        /** Share of the limits per minute and per day that is reserved for tenants below their equal share, in percent (10). */
        reservePercent?: number | undefined;
      }
    | undefined;
  /** Lifetimes of cached responses, in seconds; `false` switches the cache off. */
  cache?:
    | false
    | {
        /** Lifetime of summaries and details with an open case (30). */
        openSeconds?: number | undefined;
        /** Lifetime of summaries and details of closed cases (3600). */
        closedSeconds?: number | undefined;
        /** Lifetime of lists (30). */
        listSeconds?: number | undefined;
        /** Lifetime of lists of closed cases (300). */
        closedListSeconds?: number | undefined;
        /** Time after that in which a response is used while a new one is fetched (120). */
        staleSeconds?: number | undefined;
        /** Time after that in which it is used if the service fails (3600). */
        staleIfErrorSeconds?: number | undefined;
        /** Bytes of responses in an isolate's memory (16 MiB), in addition to the data center's cache. */
        memoryBytes?: number | undefined;
      }
    | undefined;
  /** CORS: access for pages of other origins than the gateway's own. */
  cors?:
    | {
        /**
         * The allowed origins: `"https://portal.example"`, exactly; `"https://*.portal.example"`, in which `*` stands for one
         * label of the host; `"capacitor://localhost"` for an app; a regular expression, which has to match the whole origin.
         * Or a function that returns `true` for an allowed origin.
         */
        origins: (string | RegExp)[] | ((origin: string, env: Env) => boolean);
        /**
         * Request headers that pages may send in addition to `Authorization`, `Accept`, `Cache-Control` and `Traceparent`;
         * `"*"` for all. The gateway ignores them.
         */
        headers?: string[] | "*" | undefined;
        /**
         * Whether requests may contain cookies (`false`), for an `authorize` that reads a session cookie. The client then needs
         * `fetchCredentials: "include"`.
         */
        credentials?: boolean | undefined;
        /** Time for which browsers cache a preflight response, in seconds (7200; at most a day). */
        maxAge?: number | undefined;
      }
    | undefined;
  /** Timeout of a request, including waits and retries, in milliseconds (25000). */
  timeoutMs?: number | undefined;
  /** Receives the audit entry of each request (default: `console.log`, as JSON); `false` for none. */
  audit?: ((line: AuditEntry) => void | Promise<void>) | false | undefined;
  /** A replacement for the runtime's `fetch`. */
  fetch?: ((input: string, init?: RequestInit) => Promise<Response>) | undefined;
  /** The sync that scheduled events run: the value of `syncTo` of `cisco-support-case/gateway/sync`. */
  sync?: Sync<Env> | undefined;
  /** The copy of cases that pages read without the service: the value of `copyTo`. */
  copy?: Copy<Env> | undefined;
}

/** @internal Tells pages of changed cases. */
export type Announce = (contract_ids: string[], user_ids: string[]) => Promise<void>;

/** @internal The consumer of changes. */
export interface ChangesConsumer {
  /**
   * Takes a change. `cursor` returns the position after it. With `false`, reading ends. An error that is none of the service
   * ends the run.
   */
  take(change: CaseChange, cursor: () => string | null): Promise<boolean>;
  /** Takes the position after the last change, also if reading ended early. */
  end(cursor: string | null): Promise<void>;
}

/** @internal The reader of what a copy has committed after a position. */
export type CopyChanges = (cursor: string | null, consumer: ChangesConsumer) => Promise<{ error: unknown }>;

/** @internal The run that is to follow, if any, before the next scheduled event. */
export type NextRun = "continue" | "retry" | undefined;

/** The value of `copyTo` of `cisco-support-case/gateway/copy`, for the option `copy`. */
export interface Copy<Env = unknown> {
  /** Returns the D1 database of the copy. */
  readonly database: (env: Env) => CopyDatabase;
  /** Returns the namespace of {@link CaseLive}. Without it pages poll for changes. */
  readonly live?: ((env: Env) => QuotaNamespace) | undefined;
  /** @internal The readers of the copy. */
  readonly reader: CopyReaders;
  /**
   * Whether the copy has every case of some contracts, or of a list of them: with a status flag, and with creation dates from
   * an instant, in milliseconds since 1970. It has those of a contract once a round has read it to its end.
   */
  covers(
    env: Env,
    contract_ids: readonly string[],
    list?: {
      /** The cases of a list with this flag only. */
      status_flag?: StatusFlag;
      /** The cases that were created since this instant only, in milliseconds since 1970. */
      from?: number;
    },
  ): Promise<boolean>;
  /** @internal Returns the contracts that the service refuses; none if the database does not respond. */
  lost(env: Env): Promise<string[]>;
  /** @internal Answers a valid request for a list, if it permits the copy's age and the copy has the list. */
  list(address: string, parsed: unknown, env: Env): Promise<ListAnswer | undefined>;
  /**
   * @internal Runs once. It never throws. Returns `"continue"` if it was cut, so that another run can go on at once, and `"retry"`
   * if it has failed. `announce` is called with the contracts and users of the changes that a batch has committed, and without
   * any at the end of a run. With `hasSync`, the last records of closed cases are kept for {@link Copy.changes}.
   */
  run(host: never, env: Env, ctx: Context, announce?: Announce, hasSync?: boolean): Promise<NextRun>;
  /** @internal Reads what was committed after a position. Returns the error of changes that are not there any more. */
  changes(env: Env, ...given: Parameters<CopyChanges>): ReturnType<CopyChanges>;
}

/** The body of `/me`. */
export interface MeBody {
  /** The tenant, if the identity names one. */
  tenant: string | null;
  /** The contracts that the identity may see; `"*"` for all. */
  contract_ids: string[] | "*";
  /** The users whose cases the identity may see; `"*"` for all. */
  user_ids: string[] | "*";
  /** Whether the gateway has a copy, and so a feed. */
  copy: boolean;
  /** Whether the gateway has live connections. */
  live: boolean;
  /** The interval at which a page without a live connection reads the feed, in milliseconds. */
  pollMs: number;
  /** Those of the contracts whose cases are not in the copy, since the service refuses them; `[]` without a copy. */
  lost: string[];
}

/** The methods of an `ExecutionContext` that the gateway uses. */
export interface Context {
  /** Extends the lifetime of the invocation until a promise is settled. */
  waitUntil(promise: Promise<unknown>): void;
}

/** The value of `syncTo`, for the option `sync`. */
export interface Sync<Env = unknown> {
  /** Runs the sync once; `createGateway` calls it. */
  readonly run: (gateway: never, env: Env, ctx: Context, changes?: never) => Promise<void>;
  /** @internal Whether the changes are those of the copy. */
  readonly readsCopy: boolean;
}

/** The handler of a Worker. A `fetch` of your own can call `gateway.fetch(request, env, ctx)`. */
export interface Gateway<Env = unknown> {
  /** Responds to a request. It never throws. */
  fetch(request: Request, env: Env, ctx: Context): Promise<Response>;
  /**
   * Revokes the cached permissions of a subject, of a tenant or of everybody. When it resolves, no isolate uses them any
   * more. Permissions of a function are then determined again. If claims contain the permissions, tokens issued before
   * (`iat`) are refused with `IDENTITY_EXPIRED` until they are renewed; a token without `iat`, or with one in the future, always is.
   */
  revoke(
    env: Env,
    whose:
      | {
          /** The `subject` of one identity. */
          subject: string;
        }
      | {
          /** The tenant of all identities to revoke. */
          tenant: string;
        }
      | "everybody",
  ): Promise<void>;
  /** Purges cached responses about contracts, or all. When it resolves, no isolate uses one of them any more. */
  purge(
    env: Env,
    what:
      | {
          /** The contracts to purge. */
          contract_ids: string[];
        }
      | "everything",
  ): Promise<void>;
}

/** The additional method of a handler with the option `sync` or `copy`. */
export interface Scheduled<Env = unknown> {
  /**
   * Runs the copy and then the sync, each unless a run of it is in progress. It never throws: errors are in the reports and in the
   * console.
   */
  scheduled(event: unknown, env: Env, ctx: Context): Promise<void>;
}
