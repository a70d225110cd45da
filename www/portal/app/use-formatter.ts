// The formatter of the reader: in the zone of the settings, or in the one that a link asks for.

import { useSettings } from "../settings/settings.js";
import { type Formatter, formatterOf, readerLocale } from "../ui/format.js";
import { useView } from "./navigation.js";

const LOCALE = readerLocale(navigator.languages);

/** The formatter of the reader. */
export function useFormatter(): Formatter {
  const { zone } = useSettings();
  const { zone: asked } = useView();
  return formatterOf(LOCALE, asked === "UTC" ? "utc" : zone);
}
