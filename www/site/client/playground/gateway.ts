// A gateway in a worker of the page, for the playground's client.

import { root } from "../root.js";
import type { Faults, FromGateway, GatewaySettings, ToGateway } from "./gateway-messages.js";

type Reply = Extract<FromGateway, { type: "response" }>;

interface Pending {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** The origin of the gateway's addresses, which no host can have. */
const ORIGIN = "https://gateway.invalid";

export class PlaygroundGateway {
  readonly baseUrl = `${ORIGIN}/api/case`;
  /** Called for each request that the gateway sends to the service. */
  onSent: () => void = () => {};
  #worker: Worker;
  #pending = new Map<number, Pending>();
  #count = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts a worker with a gateway and a sandbox, and waits until they are loaded. */
  static async open(settings: GatewaySettings): Promise<PlaygroundGateway> {
    // The gateway identifies by hashes, which browsers have in secure contexts only.
    if (!isSecureContext) throw new Error("The gateway runs on https and on localhost only.");
    const worker = new Worker(new URL("assets/package/gateway-worker.js", root), { type: "module" });
    const gateway = new PlaygroundGateway(worker);
    await new Promise<void>((opened, failed) => {
      worker.addEventListener("error", ({ message }) => {
        gateway.#fail(failed, message || "the worker could not be loaded");
      });
      worker.addEventListener("message", ({ data }: MessageEvent<FromGateway>) => {
        if (data.type === "ready") gateway.#post({ type: "open", settings });
        else if (data.type === "opened") opened();
        else if (data.type === "sent") gateway.onSent();
        else if (data.type === "failed") gateway.#fail(failed, data.reason);
        else {
          gateway.#pending.get(data.number)?.resolve(data);
          gateway.#pending.delete(data.number);
        }
      });
    });
    return gateway;
  }

  #post(message: ToGateway): void {
    this.#worker.postMessage(message);
  }

  #fail(failed: (error: Error) => void, reason: string): void {
    const error = new Error(`The gateway failed: ${reason}`);
    failed(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  setFaults(faults: Faults): void {
    this.#post({ type: "faults", faults });
  }

  /** Sends a request of the client. An aborted one goes on in the gateway, as with other callers that leave. */
  async fetch(url: string, init: { method: string; headers: Record<string, string>; signal: AbortSignal }) {
    const { method, headers, signal } = init;
    this.#count += 1;
    const number = this.#count;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
      signal.addEventListener("abort", () => {
        this.#pending.delete(number);
        reject(signal.reason);
      });
      this.#post({ type: "request", number, url, method, headers });
    });
    const { status, headers: received, body, waitedMs } = reply;
    const isEmpty = status === 204 || status === 304;
    return { response: new Response(isEmpty ? null : body, { status, headers: received }), waitedMs };
  }

  close(): void {
    this.#worker.terminate();
  }
}
