// The menu of saved views: open, update, save as new, revert, rename, move, remove, import and export.

import { type ReactNode, useRef, useState } from "react";
import { adjust, navigate } from "../app/navigation.js";
import type { View } from "../app/view.js";
import { announce } from "../ui/announcer.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import { Popover } from "../ui/popover.js";
import { download } from "./download.js";
import { ButtonText } from "./menus.js";
import {
  baseOf,
  exportViews,
  importViews,
  isChanged,
  isOwn,
  move,
  openSaved,
  remove,
  rename,
  type SavedView,
  saveAs,
  SHIPPED_VIEWS,
  update,
} from "./saved-views.js";
import { useSavedViews } from "./use-saved-views.js";

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
      {dialog === "save" && (
        <SaveDialog
          onClose={() => setDialog(null)}
          onSave={(newName) => {
            const id = crypto.randomUUID();
            save(saveAs(saved, id, newName, view));
            adjust({ ...view, base: id });
            announce(`${newName} is saved.`);
            setDialog(null);
          }}
        />
      )}
      {dialog === "manage" && <ManageDialog saved={saved} save={save} onClose={() => setDialog(null)} />}
    </>
  );
}

function SaveDialog({ onClose, onSave }: { onClose: () => void; onSave: (name: string) => void }): ReactNode {
  const [name, setName] = useState("");
  return (
    <Dialog title="Save as a new view" onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") onSave(name.trim());
        }}
      >
        <div className="field">
          <label htmlFor="view-name">Name</label>
          <input
            id="view-name"
            data-autofocus
            type="text"
            value={name}
            autoComplete="off"
            maxLength={80}
            onChange={({ target }) => setName(target.value)}
          />
        </div>
        <p className="hint">It has the conditions, the order, the groups and the columns that you see.</p>
        <div className="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={name.trim() === ""}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ManageProps {
  readonly saved: readonly SavedView[];
  readonly save: (next: readonly SavedView[]) => void;
  readonly onClose: () => void;
}

function ManageDialog({ saved, save, onClose }: ManageProps): ReactNode {
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const readFile = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      const next = importViews(saved, await chosen.text(), () => crypto.randomUUID());
      save(next);
      setProblem(null);
      announce("The views are imported.");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title="Your views" onClose={onClose}>
      {saved.length === 0 && <p className="muted">You have not saved a view yet.</p>}
      <ul className="manage-views">
        {saved.map(({ id, name }, at) => (
          <li key={id}>
            <input
              type="text"
              aria-label={`Name of the view ${name}`}
              defaultValue={name}
              maxLength={80}
              onBlur={({ target }) => {
                if (target.value.trim() !== "") save(rename(saved, id, target.value));
                else target.value = name;
              }}
            />
            <button
              type="button"
              className="quiet icon"
              aria-label={`${name} further up`}
              disabled={at === 0}
              onClick={() => save(move(saved, id, -1))}
            >
              <Icon name="up" />
            </button>
            <button
              type="button"
              className="quiet icon"
              aria-label={`${name} further down`}
              disabled={at === saved.length - 1}
              onClick={() => save(move(saved, id, 1))}
            >
              <Icon name="down" />
            </button>
            <button
              type="button"
              className="quiet icon"
              aria-label={`Remove ${name}`}
              onClick={() => {
                save(remove(saved, id));
                announce(`${name} is removed.`);
              }}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-actions">
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label="File with views"
          onChange={({ target }) => void readFile(target.files?.[0])}
        />
        <button type="button" onClick={() => file.current?.click()}>
          Import…
        </button>
        <button
          type="button"
          disabled={saved.length === 0}
          onClick={() => download(new Blob([exportViews(saved)], { type: "application/json" }), "views.json")}
        >
          <ButtonText icon="download" text="Export" />
        </button>
      </div>
    </Dialog>
  );
}
