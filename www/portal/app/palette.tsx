// The command palette.

import { Command } from "cmdk";
import type { ReactNode } from "react";
import { Dialog } from "../ui/dialog.js";
import { navigate } from "./navigation.js";
import { viewOf } from "./view.js";

/** The command palette. */
export default function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const go = (page: "cases" | "overview" | "news") => {
    onClose();
    navigate(viewOf({ page }));
  };
  return (
    <Dialog title="Commands" onClose={onClose} className="palette">
      <Command label="Commands">
        <Command.Input placeholder="A page, a command, or case numbers" />
        <Command.List>
          <Command.Empty>No command matches.</Command.Empty>
          <Command.Item onSelect={() => go("overview")}>Overview</Command.Item>
          <Command.Item onSelect={() => go("cases")}>Cases</Command.Item>
          <Command.Item onSelect={() => go("news")}>What is new</Command.Item>
        </Command.List>
      </Command>
    </Dialog>
  );
}
