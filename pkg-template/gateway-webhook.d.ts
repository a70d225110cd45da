import type { CaseChange } from "./index.js";

/** A change, as it is posted and as it stands in the store. */
export type CaseEvent = CaseChange & {
  /** When the gateway learnt of it (RFC 3339). */
  at: string;
};

/** What is posted. */
export interface CaseDelivery {
  /** The same each time it is posted, as in the header `x-case-delivery`. */
  delivery: string;
  /** At most 100, in the order in which they were learnt of. */
  events: CaseEvent[];
}

/** What was posted is not from who has the secret, or not from now. Answer with 400 or 401. */
export declare class WebhookError extends Error {
  /** Its class. */
  readonly name: "WebhookError";
  /** No header; one that is none; a signature of something else or with another secret; one of another time. */
  readonly code: "MISSING" | "MALFORMED" | "WRONG" | "OLD";
}

/**
 * Verifies what a gateway's sync has posted and gives what it says; throws {@link WebhookError} where it is not genuine.
 *
 * ```ts
 * const { events } = await verifyWebhook(await request.text(), request.headers, env.WEBHOOK_SECRET);
 * ```
 *
 * @param body As it came, as text or bytes. What was parsed and written again is another.
 * @param headers `Headers`, or an object of them as Node has it.
 * @param secret The gateway's secret; several while one takes the other's place.
 */
export declare function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers:
    | {
        /** The value of a header. */
        get(name: string): string | null;
      }
    | Record<string, string | string[] | undefined>,
  secret: string | readonly string[],
  options?: {
    /** How old a signature may be, and how far clocks may differ, in seconds (300). */
    toleranceSeconds?: number;
  },
): Promise<CaseDelivery>;
