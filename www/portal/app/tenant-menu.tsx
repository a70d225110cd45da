// The signed-in tenant, the switch to another, and signing out. A real portal has its identity provider here.

import type { ReactNode } from "react";
import { Icon } from "../ui/icons.js";
import { Popover } from "../ui/popover.js";
import { signOut, switchTenant } from "./session.js";
import { useSession } from "./store-hooks.js";

/** The menu of the signed-in user. */
export function TenantMenu(): ReactNode {
  const { source, tenant } = useSession();
  return (
    <Popover
      label={`Signed in for ${tenant.name}`}
      className="quiet tenant"
      button={
        <>
          <Icon name="user" />
          <span className="tenant-name">{tenant.name}</span>
        </>
      }
    >
      {(close) => (
        <>
          <h2>Signed in for</h2>
          <ul className="menu-list">
            {source.tenants.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  aria-pressed={one.id === tenant.id}
                  onClick={() => {
                    close();
                    if (one.id !== tenant.id) void switchTenant(one);
                  }}
                >
                  {one.name}
                </button>
              </li>
            ))}
            <li>
              <button type="button" onClick={() => void signOut()}>
                Sign out, and erase the cases kept in this browser
              </button>
            </li>
          </ul>
          <p className="hint tenant-about">{source.about}</p>
        </>
      )}
    </Popover>
  );
}
