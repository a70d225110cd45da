// The messages between the playground and the worker that contains a gateway and its service.

/** A sandbox and a gateway in front of it. */
export interface GatewaySettings {
  cases: number;
  movesPerHour: number;
  msPerRequest: number;
  /** The gateway's limit of requests to the service. */
  perSecond: number;
  freshSeconds: number;
  staleSeconds: number;
}

/** The faults of the sandbox, which replace the earlier ones. */
export interface Faults {
  /** The name of a fault; empty for none. */
  name: string;
  rate: number;
  latencyMs: number;
}

export type ToGateway =
  | { type: "open"; settings: GatewaySettings }
  | { type: "faults"; faults: Faults }
  | { type: "request"; number: number; url: string; method: string; headers: Record<string, string> };

export type FromGateway =
  /** The modules are loaded. Messages that arrive before this one are lost. */
  | { type: "ready" }
  | { type: "opened" }
  | { type: "failed"; reason: string }
  | {
      type: "response";
      number: number;
      status: number;
      headers: [string, string][];
      body: ArrayBuffer;
      /** Milliseconds that the request waited for the gateway's quota. */
      waitedMs: number;
    }
  /** The gateway sent a request to the service. */
  | { type: "sent" };
