// The gateways of this Worker by name, for the Durable Object, whose constructor gets no options.
//
// Gateways of one name share a Durable Object, which has one token and one quota, so it can have the options of one of them only.
// Functions are compared by identity: two closures of one factory have equal code and, for example, other credentials.
//
// A module that is evaluated again, as by hot module replacement and test runners, makes its gateway anew, with other functions.
// The later gateway then takes the place of the earlier one, which refuses requests: no gateway ever uses the other's credentials.

import type { Context, GatewayOptions, JwtOptions } from "./options.js";
import type { GatewaySettings } from "./upstream-client.js";

/** A gateway of this Worker, or several with equal options of the Durable Object. */
export interface RegisteredGateway {
  /** Its options, as JSON text. */
  text: string;
  options: GatewayOptions<never>;
  /** The options of the Durable Object as text, in which functions are their code. */
  objectText: string;
  /** Continues a run of the copy. */
  continueRun?: ((env: never, ctx: Context) => Promise<void>) | undefined;
}

const registered = new Map<string, RegisteredGateway>();

/** The names of the gateways that were made since other code ran. */
const recentNames = new Set<string>();

/** The options that are functions which the Durable Object calls; `jwt` may be one. */
const OBJECT_FUNCTIONS = ["credentials", "upstream", "jwt", "fetch"] as const;

/** Returns the gateway of a name. */
export const registeredGateway = (name: string): RegisteredGateway | undefined => registered.get(name);

/**
 * Registers a gateway, and returns its registration, which is that of its name until another one replaces it. Throws a `TypeError`
 * if the Worker makes two of one name, at its start or anywhere in one go, whose Durable Object needs other options.
 */
export function registerGateway(
  { name, perSecond, perMinute, perDay, reservePercent, noticeMs }: GatewaySettings,
  text: string,
  options: GatewayOptions<never>,
  continueRun: RegisteredGateway["continueRun"],
): RegisteredGateway {
  const functions = OBJECT_FUNCTIONS.map((option) => functionOf(options[option]));
  const { jwksUri } = Object(options.jwt) as Partial<JwtOptions>;
  const numbers = [perSecond, perMinute, perDay, reservePercent, noticeMs];
  const objectText = JSON.stringify([...functions.map((value) => value && String(value)), jwksUri, numbers]);
  const known = registered.get(name);
  const isEqual =
    known?.objectText === objectText &&
    OBJECT_FUNCTIONS.every((option, index) => functionOf(known.options[option]) === functions[index]);
  if (known && !isEqual && recentNames.has(name)) {
    throw new TypeError(
      `createGateway: name: expected one of this gateway alone, got "${name}", which another one has with other credentials, upstream, jwt, fetch, rateLimit or noticeSeconds; functions have to be the same objects`,
    );
  }
  if (recentNames.size === 0) void Promise.resolve().then(() => recentNames.clear());
  recentNames.add(name);
  const gateway = isEqual && known ? known : { text, options, objectText };
  if (continueRun) gateway.continueRun = continueRun;
  registered.set(name, gateway);
  return gateway;
}

/** Returns an option that is a function. */
const functionOf = (option: unknown): unknown => (typeof option === "function" ? option : undefined);
