// The dialogs of saved views, loaded when the first one is opened.

import { type ReactNode, useRef, useState } from "react";
import { announce } from "../ui/announcer.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import { download } from "./download.js";
import { exportViews, importViews, move, newId, remove, rename } from "./edit-views.js";
import { ButtonText } from "./menus.js";
import type { SavedView } from "./saved-views.js";

/** The dialog that saves the present view under a name. */
export function SaveDialog({
  onClose,
  onSave,
}: {
  onClose: () => void;
  onSave: (id: string, name: string) => void;
}): ReactNode {
  const [name, setName] = useState("");
  return (
    <Dialog title="Save as a new view" onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") onSave(newId(), name.trim());
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

/** Properties of the dialog of the saved views. */
export interface ManageProps {
  readonly saved: readonly SavedView[];
  readonly save: (next: readonly SavedView[]) => void;
  readonly onClose: () => void;
}

/** The dialog of the saved views: rename, move, remove, import and export. */
export function ManageDialog({ saved, save, onClose }: ManageProps): ReactNode {
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const readFile = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      const next = importViews(saved, await chosen.text(), newId);
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
          onChange={({ target }) => {
            void readFile(target.files?.[0]);
            // The same file again is a change too.
            target.value = "";
          }}
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
