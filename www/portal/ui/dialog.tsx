// A modal dialog: the browser's own, which keeps the focus inside and returns it.

import { type ReactNode, useEffect, useId, useRef } from "react";
import { Announcer } from "./announcer.js";
import { Icon } from "./icons.js";

/** Properties of a dialog. */
export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly className?: string;
  /** The part that stays below the content while that scrolls. */
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

/** A modal dialog that is open while it is rendered. */
export function Dialog({ title, onClose, className, footer, children }: DialogProps): ReactNode {
  const ref = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  const id = useId();
  useEffect(() => {
    close.current = onClose;
  }, [onClose]);
  useEffect(() => {
    const dialog = ref.current!;
    const opener = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    // A click on the backdrop; by the keyboard there is Escape.
    const onClick = ({ target }: MouseEvent) => {
      if (target === dialog) close.current();
    };
    dialog.addEventListener("click", onClick);
    return () => {
      dialog.removeEventListener("click", onClick);
      dialog.close();
      // The opener may be gone with a popover: the page's content is then the successor.
      const successor =
        opener instanceof HTMLElement && opener.isConnected && opener.checkVisibility() && opener !== document.body
          ? opener
          : (document.querySelector<HTMLElement>("[data-list-focus]") ?? document.getElementById("main"));
      successor?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      className={className}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="quiet icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className="dialog-body">{children}</div>
      {footer && <div className="dialog-foot">{footer}</div>}
      <Announcer />
    </dialog>
  );
}
