// The messages between a page and the worker that runs an example.

/** A value that the example printed, described so that a page can show it. */
export type Described =
  | { type: "text"; text: string }
  | { type: "object"; label: string; entries: [string, Described][]; left: number };

/** A call of the console. */
export interface Line {
  type: "line";
  method: "log" | "info" | "warn" | "error" | "debug" | "table";
  values: Described[];
}

/** The end of the example: an error if it failed. */
export interface End {
  type: "end";
  ms: number;
  error: Described | null;
}

export type Message = Line | End;
