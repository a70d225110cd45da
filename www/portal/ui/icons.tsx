// Icons, as outlines on a grid of 24 units. They are decoration: names are in the text of controls.

import type { ReactNode } from "react";

const PATHS = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 4 4",
  close: "M6 6l12 12M18 6 6 18",
  settings: "M4 7h9m5 0h2M4 17h3m5 0h8M13 4v6M9 14v6",
  columns: "M4 5h16v14H4zM10 5v14M15 5v14",
  bookmark: "M6 4h12v16l-6-4-6 4z",
  download: "M12 4v11m-4-4 4 4 4-4M4 20h16",
  copy: "M9 9h10v10H9zM5 15V5h10",
  more: "M5 11.5a.5.5 0 1 0 .01 0zM12 11.5a.5.5 0 1 0 .01 0zM19 11.5a.5.5 0 1 0 .01 0z",
  group: "M4 6h16M8 12h12M8 18h12M4 12h.01M4 18h.01",
  up: "M12 19V6m-5 5 5-5 5 5",
  down: "M12 5v13m-5-5 5 5 5-5",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  minus: "M5 12h14",
  plus: "M12 5v14M5 12h14",
  check: "M5 12l5 5 9-10",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  snooze: "M12 5a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 3v5l3 2",
  warning: "M12 4 2.5 20h19zM12 10v4m0 3h.01",
  cloud: "M7 18a4 4 0 0 1 0-8 6 6 0 0 1 11.5 1.5A3.5 3.5 0 0 1 18 18z",
  offline: "M4 4l16 16M7 18a4 4 0 0 1 0-8m3-3a6 6 0 0 1 8.5 4.500A3.500 3.500 0 0 1 20.500 17",
  refresh: "M20 12a8 8 0 1 1-2.300-5.700M20 4v4h-4",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20a8 8 0 0 1 16 0",
  panel: "M4 5h16v14H4zM14 5v14",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon of the portal's set. */
export function Icon({ name }: { name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
