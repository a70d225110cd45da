// The switch for notifications, which explains itself where the browser has refused them.

import type { ReactNode } from "react";
import { restartFollowing } from "../app/session.js";
import { disableNotifications, enableNotifications, useNotificationState } from "./notifications.js";

/** The switch for notifications. */
export function NotificationSetting(): ReactNode {
  const state = useNotificationState();
  switch (state) {
    case "unsupported":
      return null;
    case "denied":
      return (
        <p className="hint">
          This browser does not show notifications of this page. You can permit them in the settings of the site.
        </p>
      );
    default:
      return (
        <button
          type="button"
          aria-pressed={state === "on"}
          // The request must be the first statement of the gesture.
          onClick={() => {
            if (state !== "on") void enableNotifications().then(restartFollowing);
            else {
              disableNotifications();
              void restartFollowing();
            }
          }}
        >
          {state === "on" ? "Notifications are on" : "Notify me"}
        </button>
      );
  }
}
