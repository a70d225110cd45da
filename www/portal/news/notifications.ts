// Notifications of the system. The reader asks for them by a button: browsers refuse a question that a page asks by itself.

import { useSyncExternalStore } from "react";
import { storage } from "../ui/storage.js";
import { NOTIFICATIONS_KEY, type NotificationState, notificationState } from "./notification-state.js";
import type { NewsNotification } from "./words.js";

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

/** Asks for notifications. To be called first of all in the handler of a click. Resolves when the reader has decided. */
export async function enableNotifications(): Promise<void> {
  const asked = Notification.requestPermission();
  storage.setItem(NOTIFICATIONS_KEY, "on");
  await asked;
  notify();
}

/** Turns notifications off. */
export function disableNotifications(): void {
  storage.setItem(NOTIFICATIONS_KEY, "off");
  notify();
}

/** Shows a notification. A click on it calls `open` in this tab, which comes to the front. */
export async function showNotification(news: NewsNotification, open: () => void): Promise<void> {
  const options: NotificationOptions = { body: news.body, tag: news.tag, icon: "./icon.svg" };
  try {
    const shown = new Notification(news.title, options);
    shown.onclick = () => {
      window.focus();
      open();
      shown.close();
    };
  } catch {
    // Android has notifications of service workers only.
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(news.title, options);
  }
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
};

/** The state of notifications, as a hook. */
export const useNotificationState = (): NotificationState => useSyncExternalStore(subscribe, notificationState);
