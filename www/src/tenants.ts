// Who is signed in, and switching to somebody else's. A portal of one's own has its sign-in page in this place.

import { byId, el } from "./dom.js";
import type { Source, Tenant } from "./source.js";

/** Shows the tenants that one can be signed in for, if there are any; `switched` is called after each change. */
export function setUpTenants(source: Source, switched: () => void): void {
  if (source.tenants.length === 0) return;
  const choices = source.tenants.map((tenant) => choice(tenant, tenant.id === source.tenant.id));
  byId("tenant-choices", HTMLElement).replaceChildren(...choices);
  const group = byId("tenants", HTMLFieldSetElement);
  group.addEventListener("change", ({ target }) => {
    const wanted = source.tenants.find(({ id }) => target instanceof HTMLInputElement && id === target.value);
    if (!wanted) return;
    source.signIn(wanted);
    switched();
  });
  group.hidden = false;
}

function choice({ id, name }: Tenant, checked: boolean): HTMLElement {
  return el("label", {}, el("input", { type: "radio", name: "tenant", value: id, checked }), el("span", {}, name));
}
