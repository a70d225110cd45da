// Keys: whether an event is a command, or belongs to a field, an input method or a modifier.

/** Members of a keyboard event that decide whether it is a command. */
export type KeyLike = Pick<
  KeyboardEvent,
  "key" | "keyCode" | "isComposing" | "ctrlKey" | "metaKey" | "altKey" | "target" | "defaultPrevented"
>;

/** Whether a key belongs to an input method. Safari ends a composition by Enter with the code 229. */
export const isImeKey = ({ isComposing, keyCode }: Pick<KeyboardEvent, "isComposing" | "keyCode">): boolean =>
  isComposing || keyCode === 229;

/** Whether the target of an event takes text. */
export function takesText(target: EventTarget | null): boolean {
  if (!target || !("tagName" in target)) return false;
  const { tagName, isContentEditable, type } = target as HTMLInputElement;
  if (tagName === "INPUT") return !["checkbox", "radio", "button", "range", "submit"].includes(type);
  return isContentEditable || tagName === "TEXTAREA" || tagName === "SELECT";
}

/** Returns the single letter or sign that is a command; `null` for other keys, in fields and with modifiers. */
export function letterOf(event: KeyLike, hasLetterKeys: boolean): string | null {
  if (!hasLetterKeys || event.defaultPrevented || isImeKey(event) || takesText(event.target)) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return event.key.length === 1 ? event.key : null;
}
