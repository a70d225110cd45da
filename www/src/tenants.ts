// The signed-in tenant, and the switch to another. A real portal has its sign-in page here.

import { byId, el } from "./dom.js";
import type { DataSource, Tenant } from "./types.js";

/** Shows the tenants, if there are any. `switched` is called after each change. */
export function setUpTenants(source: DataSource, switched: () => void): void {
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
