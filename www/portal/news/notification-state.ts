// The state of notifications of the system, which the first page needs. `notifications.ts` changes it, and shows them.

import { storage } from "../ui/storage.js";

/** The key under which the reader's wish is stored. */
export const NOTIFICATIONS_KEY = "portal.notifications";

/** The state of notifications: whether the reader wants them, and whether the browser shows them. */
export type NotificationState = "unsupported" | "off" | "on" | "denied";

const isSupported = (): boolean => "Notification" in globalThis;
const isWanted = (): boolean => storage.getItem(NOTIFICATIONS_KEY) === "on";

/** Returns the state of notifications. */
export function notificationState(): NotificationState {
  if (!isSupported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return isWanted() && Notification.permission === "granted" ? "on" : "off";
}
