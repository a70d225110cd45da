// The state of a client in one instance of its module.

import type { RawClient } from "../wasm/client.js";
import type { ClientInput } from "./call-input.js";
import type { CauseInfo } from "./errors.js";

/** The state that the calls of a client share. */
export interface Host {
  readonly raw: RawClient;
  /** The generation of its module. */
  readonly generation: number;
  readonly input: ClientInput;
  /** Functions that wake sleeping drivers, by call id. */
  readonly wakers: Map<number, () => void>;
  /** The causes of the last failures, by the numbers of their requests, for calls that waited for the same token. */
  readonly causes: Map<number, CauseInfo>;
  /** The number of calls and paginators that use the host. */
  pending: number;
  /** Whether the memory is freed after the last of them. */
  isFreed: boolean;
}
