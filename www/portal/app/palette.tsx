// The command palette: pages, views, settings, and case numbers from any pasted text.

import { Command } from "cmdk";
import { type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { idsIn } from "../cases/case-ids.js";
import { openSaved, SHIPPED_VIEWS } from "../cases/saved-views.js";
import { useSavedViews } from "../cases/use-saved-views.js";
import { changeSettings, useSettings } from "../settings/settings.js";
import { announce } from "../ui/announcer.js";
import { balanced } from "../ui/bidi.js";
import { copy } from "../ui/clipboard.js";
import { Dialog } from "../ui/dialog.js";
import { openCommands } from "./open-commands.js";
import { currentView, hrefOf, navigate } from "./navigation.js";
import { type Session, switchTenant } from "./session.js";
import { SessionContext } from "./store-hooks.js";
import { useFormatter } from "./use-formatter.js";
import { EMPTY_VIEW, viewOf, withFixedTimes } from "./view.js";
import "./palette.css";

/** The cases that are offered one by one. */
const MAX_OFFERED = 8;

/** The command palette. */
export default function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const session = useContext(SessionContext);
  return (
    <Dialog title="Commands" onClose={onClose} className="palette">
      {session ? <Commands session={session} onClose={onClose} /> : <p>There are no cases yet.</p>}
    </Dialog>
  );
}

function Commands({ session, onClose }: { session: Session; onClose: () => void }): ReactNode {
  const { store, source, tenant } = session;
  const settings = useSettings();
  const format = useFormatter();
  const [saved] = useSavedViews();
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  // The palette can be open before the cases are: the dialog has found no field then.
  useEffect(() => field.current?.focus(), []);
  const ids = idsIn(text);
  const known = ids.filter((id) => store.get(id) !== undefined);
  const unknown = ids.filter((id) => store.get(id) === undefined);
  const run = (work: () => void) => () => {
    onClose();
    work();
  };
  const item = (label: string, work: () => void, keywords?: string[], value = label) => (
    <Command.Item key={value} value={value} keywords={keywords ?? []} onSelect={run(work)}>
      {label}
    </Command.Item>
  );
  const copyLink = () => {
    const view = withFixedTimes(currentView(), Date.now());
    copy(new URL(hrefOf(view), location.href).href).then(
      () => announce("Link copied."),
      () => announce("The clipboard is not available."),
    );
  };
  return (
    <Command label="Commands" loop>
      <Command.Input
        ref={field}
        data-autofocus
        value={text}
        onValueChange={setText}
        placeholder="A page, a view, a setting; or paste any text with case numbers"
      />
      <div role="status">
        {unknown.length > 0 && <p className="palette-unknown">Not among your cases: {unknown.join(", ")}</p>}
      </div>
      <Command.List>
        {ids.length === 0 && <Command.Empty>No command matches. Search the cases by / in the list.</Command.Empty>}
        {ids.length > 0 && (
          <Command.Group heading={`${format.counted(ids.length, "case number")} in the text`} forceMount>
            {known.slice(0, MAX_OFFERED).map((id) => (
              <Command.Item
                key={id}
                forceMount
                value={`open ${id}`}
                onSelect={run(() => navigate(viewOf({ page: "case", caseId: id })))}
              >
                <span className="palette-id">Open {id}</span>
                <span className="title-text" dir="auto">
                  {balanced(store.get(id)?.title ?? "")}
                </span>
              </Command.Item>
            ))}
            {known.length > 1 && (
              <Command.Item
                forceMount
                value="list of the numbers"
                onSelect={run(() => navigate(viewOf({ where: { case_id: [...known].sort() } })))}
              >
                List these {format.counted(known.length, "case")}
              </Command.Item>
            )}
          </Command.Group>
        )}
        <Command.Group heading="Pages">
          {item("Overview", () => navigate(viewOf({ page: "overview" })))}
          {item("Cases", () => navigate(EMPTY_VIEW), ["list"])}
          {item("What is new", () => navigate(viewOf({ page: "news" })), ["changes", "unread"])}
          {item("Unread cases", () => navigate(viewOf({ mark: "unread" })))}
          {item("Pinned cases", () => navigate(viewOf({ mark: "pinned" })))}
          {item("Put-off cases", () => navigate(viewOf({ mark: "snoozed" })))}
        </Command.Group>
        <Command.Group heading="Views">
          {[...SHIPPED_VIEWS, ...saved].map((one, at) => {
            const label = `View: ${one.name}`;
            // Two views may have the same name.
            return item(label, () => navigate(openSaved(one)), [], `${label} ${at + 1}`);
          })}
        </Command.Group>
        <Command.Group heading="Commands">
          {item("Copy a link to this, with fixed times", copyLink)}
          {item("Read changes now", () => session.follow.resume(), ["refresh", "reload", "sync"])}
          {item("Keys", () => openCommands("keys"), ["shortcuts", "help"])}
          {item("Print", () => print())}
        </Command.Group>
        <Command.Group heading="Settings">
          {settings.theme !== "dark" && item("Dark colours", () => changeSettings({ theme: "dark" }), ["theme"])}
          {settings.theme !== "light" && item("Light colours", () => changeSettings({ theme: "light" }), ["theme"])}
          {settings.theme !== "system" &&
            item("Colours as the system", () => changeSettings({ theme: "system" }), ["theme"])}
          {settings.density === "compact"
            ? item("Comfortable rows", () => changeSettings({ density: "comfortable" }))
            : item("Compact rows", () => changeSettings({ density: "compact" }))}
          {settings.zone === "utc"
            ? item("Dates in my time zone", () => changeSettings({ zone: "local" }))
            : item("Dates in UTC", () => changeSettings({ zone: "utc" }))}
          {item(settings.isSplit ? "No case beside the list" : "Case beside the list", () =>
            changeSettings({ isSplit: !settings.isSplit }),
          )}
          {source.tenants
            .filter(({ id }) => id !== tenant.id)
            .map((one) => item(`Sign in for ${one.name}`, () => void switchTenant(one)))}
        </Command.Group>
      </Command.List>
    </Command>
  );
}
