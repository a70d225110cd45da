// The menu of saved views: open, update, revert, and the dialogs to save a new one and to manage them.

import { lazy, type ReactNode, Suspense, useState } from "react";
import { adjust, navigate } from "../app/navigation.js";
import type { View } from "../app/view.js";
import { announce } from "../ui/announcer.js";
import { Icon } from "../ui/icons.js";
import { Popover } from "../ui/popover.js";
import { baseOf, isChanged, isOwn, openSaved, type SavedView, saveAs, SHIPPED_VIEWS, update } from "./saved-views.js";
import { useSavedViews } from "./use-saved-views.js";

const SaveDialog = lazy(async () => ({ default: (await import("./views-dialogs.js")).SaveDialog }));
const ManageDialog = lazy(async () => ({ default: (await import("./views-dialogs.js")).ManageDialog }));

/** The menu of saved views, with the name of the present one. */
export function ViewsMenu({ view }: { view: View }): ReactNode {
  const [saved, save] = useSavedViews();
  const [dialog, setDialog] = useState<"save" | "manage" | null>(null);
  const base = baseOf(view, saved);
  const changed = base !== undefined && isChanged(view, base);
  const name = base ? `${base.name}${changed ? " (changed)" : ""}` : "Own search";
  return (
    <>
      <Popover
        label={`View: ${name}`}
        className="views-button"
        button={
          <>
            <Icon name="bookmark" />
            <span className="views-name">{name}</span>
          </>
        }
      >
        {(close) => {
          const item = (one: SavedView) => (
            <li key={one.id}>
              <button
                type="button"
                aria-pressed={one.id === base?.id}
                onClick={() => {
                  close();
                  navigate(openSaved(one));
                }}
              >
                {one.name}
              </button>
            </li>
          );
          const command = (label: string, run: () => void, isDisabled = false) => (
            <li>
              <button
                type="button"
                disabled={isDisabled}
                onClick={() => {
                  close();
                  run();
                }}
              >
                {label}
              </button>
            </li>
          );
          return (
            <>
              <h2>Views</h2>
              <ul className="menu-list">{SHIPPED_VIEWS.map(item)}</ul>
              {saved.length > 0 && <h2>Your views</h2>}
              <ul className="menu-list">{saved.map(item)}</ul>
              <hr />
              <ul className="menu-list">
                {base &&
                  isOwn(base) &&
                  changed &&
                  command(`Update “${base.name}”`, () => {
                    save(update(saved, base.id, view));
                    announce(`${base.name} is updated.`);
                  })}
                {base && changed && command(`Revert to “${base.name}”`, () => adjust(openSaved(base)))}
                {command("Save as a new view…", () => setDialog("save"))}
                {command("Manage your views…", () => setDialog("manage"))}
              </ul>
            </>
          );
        }}
      </Popover>
      <Suspense>
        {dialog === "save" && (
          <SaveDialog
            onClose={() => setDialog(null)}
            onSave={(id, newName) => {
              save(saveAs(saved, id, newName, view));
              adjust({ ...view, base: id });
              announce(`${newName} is saved.`);
              setDialog(null);
            }}
          />
        )}
        {dialog === "manage" && <ManageDialog saved={saved} save={save} onClose={() => setDialog(null)} />}
      </Suspense>
    </>
  );
}
