// Elements of the page, found by their ids or names.

/** The element with an id, which the page has. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return found;
}

/** The value of a form's field. */
export function textOf(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? "");
}

export const numberOf = (form: HTMLFormElement, name: string): number => Number(textOf(form, name));

export function option(value: string, text: string): HTMLOptionElement {
  return new Option(text, value);
}
