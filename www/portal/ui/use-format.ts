// The formatter of the reader's locale, and of the time zone that the address or the settings ask for.

import { useView } from "../app/navigation.js";
import { useSettings } from "../settings/settings.js";
import { type Formatter, formatterOf, readerLocale } from "./format.js";

const locale = readerLocale(navigator.languages);

/** The formatter of the page. */
export function useFormat(): Formatter {
  const { zone } = useSettings();
  const view = useView();
  return formatterOf(locale, (view.zone ?? zone) === "UTC" ? "utc" : "local");
}
