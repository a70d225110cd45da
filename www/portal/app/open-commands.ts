// The call that opens the command palette or the list of keys, for pieces that are used without them too.

/** The event by which a dialog is opened. */
export const OPEN_EVENT = "portal:open";

/** A dialog of commands. */
export type CommandDialog = "palette" | "keys";

/** Opens the command palette, or the list of keys, if the page has them. */
export const openCommands = (which: CommandDialog): void => {
  dispatchEvent(new CustomEvent(OPEN_EVENT, { detail: which }));
};
