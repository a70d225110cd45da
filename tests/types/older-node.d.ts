// The names of the web's APIs that the declarations of Node 20 to 24 (`@types/node`) have. Others, such as `LockManager`, are in
// those of the DOM and of later versions only: a declaration of the package that uses one does not compile in a project for Node.

declare class AbortSignal {
  readonly aborted: boolean;
}
declare class Headers {
  get(name: string): string | null;
}
interface RequestInit {
  method?: string;
}
declare class Request {
  readonly url: string;
}
declare class Response {
  readonly status: number;
}
declare class URL {
  readonly href: string;
}
declare class MessageEvent {
  readonly data: unknown;
}
declare class ReadableStream<T> {
  cancel(reason?: T): Promise<void>;
}
