// The dialog of an export: it says what will be written before it is.

import type { CaseQuery } from "cisco-support-case/store";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useFollowStatus, useStore } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { announce } from "../ui/announcer.js";
import { Dialog } from "../ui/dialog.js";
import { countAmong } from "./count-ids.js";
import { download } from "./download.js";
import { collected, type ExportChoices, exportParts, fileName, prefersSemicolon } from "./export-plan.js";

/** The lines of the preview. */
const PREVIEW_LINES = 4;

/** Properties of the dialog. */
export interface ExportDialogProps {
  readonly query: CaseQuery;
  readonly total: number;
  readonly selected: ReadonlySet<string>;
  /** The number of selected cases that the list does not show. */
  readonly hidden: number;
  readonly columns: readonly string[];
  readonly viewName: string;
  readonly onClose: () => void;
}

/** The dialog that exports cases. */
export default function ExportDialog(props: ExportDialogProps): ReactNode {
  const { query, total, selected, hidden, columns, viewName, onClose } = props;
  const store = useStore();
  const status = useFollowStatus();
  const format = useFormatter();
  // A selection of all that match is their query.
  const isEverything = hidden === 0 && selected.size === total;
  const [choices, setChoices] = useState<ExportChoices>({
    format: "csv",
    scope: selected.size > 0 ? "selected" : "all",
    fields: "shown",
    delimiter: prefersSemicolon(format.locale) ? ";" : ",",
    isFormulaSafe: true,
  });
  const [preview, setPreview] = useState("");
  const [isBusy, setBusy] = useState(false);
  const set = (change: Partial<ExportChoices>) => setChoices({ ...choices, ...change });
  const isAll = choices.scope === "all" || isEverything;
  const chosen = isAll ? null : selected;
  const count = useMemo(() => (isAll ? total : countAmong(store, {}, [...selected])), [store, isAll, total, selected]);

  useEffect(() => {
    let isCurrent = true;
    void (async () => {
      const decoder = new TextDecoder();
      let text = "";
      for await (const part of exportParts(store, choices, query, chosen, columns)) {
        text += decoder.decode(part, { stream: true });
        if (!isCurrent || text.split("\n").length > PREVIEW_LINES) break;
      }
      const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
      if (isCurrent) setPreview(lines.slice(0, PREVIEW_LINES).join("\n"));
    })();
    return () => {
      isCurrent = false;
    };
  }, [store, choices, query, chosen, columns]);

  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);
  const at = new Date();
  const name = fileName(choices.scope === "all" ? viewName : "selected", choices.format, at);
  const run = async () => {
    setBusy(true);
    const type = choices.format === "csv" ? "text/csv;charset=utf-8" : "application/x-ndjson";
    let parts: BlobPart[] | null;
    try {
      parts = await collected(exportParts(store, choices, query, chosen, columns), () => isOpen.current);
    } catch {
      setBusy(false);
      announce("The export failed: the cases cannot be read any more.");
      return;
    }
    if (!parts) return;
    download(new Blob(parts, { type }), name);
    announce(`${format.counted(count, "case")} exported.`);
    onClose();
  };
  return (
    <Dialog title="Export" onClose={onClose} className="wide">
      <p className="export-count" role="status">
        <strong>{format.counted(count, "case")}</strong> as of {format.dateTime(status.lastProgressAt ?? at)}
        {choices.scope === "selected" && hidden > 0 && `, of which ${format.count(hidden)} are not in the present list`}
        .{!status.isFilled && ` Not all cases are loaded yet: ${format.count(store.size)} so far.`}
      </p>
      <div className="export-choices">
        <fieldset>
          <legend>Cases</legend>
          <Radio name="scope" isChecked={choices.scope === "all"} onChange={() => set({ scope: "all" })}>
            All that match ({format.count(total)})
          </Radio>
          <Radio
            name="scope"
            isChecked={choices.scope === "selected"}
            isDisabled={selected.size === 0}
            onChange={() => set({ scope: "selected" })}
          >
            The selected ones ({format.count(selected.size)})
          </Radio>
        </fieldset>
        <fieldset>
          <legend>Fields</legend>
          <Radio name="fields" isChecked={choices.fields === "shown"} onChange={() => set({ fields: "shown" })}>
            The columns as shown
          </Radio>
          <Radio name="fields" isChecked={choices.fields === "every"} onChange={() => set({ fields: "every" })}>
            All fields
          </Radio>
        </fieldset>
        <fieldset>
          <legend>Format</legend>
          <Radio name="format" isChecked={choices.format === "csv"} onChange={() => set({ format: "csv" })}>
            CSV, for spreadsheets
          </Radio>
          <Radio name="format" isChecked={choices.format === "ndjson"} onChange={() => set({ format: "ndjson" })}>
            NDJSON, for programs
          </Radio>
        </fieldset>
        {choices.format === "csv" && (
          <fieldset>
            <legend>CSV</legend>
            <label className="check">
              <input
                type="checkbox"
                checked={choices.delimiter === ";"}
                onChange={({ target }) => set({ delimiter: target.checked ? ";" : "," })}
              />
              Semicolons, as spreadsheets of many regions expect
            </label>
            <label className="check">
              <input
                type="checkbox"
                checked={choices.isFormulaSafe}
                onChange={({ target }) => set({ isFormulaSafe: target.checked })}
              />
              Texts that look like formulas begin with an apostrophe
            </label>
          </fieldset>
        )}
      </div>
      <figure className="export-preview">
        <figcaption>
          The beginning of <code>{name}</code>
        </figcaption>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard */}
        <pre tabIndex={0}>{preview}</pre>
      </figure>
      <div className="dialog-actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="primary" disabled={isBusy || count === 0} onClick={() => void run()}>
          {isBusy ? "Exporting" : "Export"} {format.counted(count, "case")}
        </button>
      </div>
    </Dialog>
  );
}

interface RadioProps {
  readonly name: string;
  readonly isChecked: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: () => void;
  readonly children: ReactNode;
}

const Radio = ({ name, isChecked, isDisabled = false, onChange, children }: RadioProps): ReactNode => (
  <label className="check">
    <input type="radio" name={`export-${name}`} checked={isChecked} disabled={isDisabled} onChange={onChange} />
    <span>{children}</span>
  </label>
);
