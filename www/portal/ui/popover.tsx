// A button with a popover: the browser's own, which closes by Escape and by a click outside, and returns the focus. It also closes
// when the focus leaves it: it would cover what has the focus.

import { type ReactNode, useEffect, useId, useRef, useState } from "react";

/** Properties of a button with a popover. */
export interface PopoverProps {
  /** The accessible name of the popover, and of its button. */
  readonly label: string;
  /** The content of the button. */
  readonly button: ReactNode;
  readonly className?: string;
  /** Returns the content; called while the popover is open. `close` closes it. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a popover below it. */
export function Popover({ label, button, className, children }: PopoverProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const trigger = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const place = () => {
    // The popover may be gone by the next frame.
    if (!trigger.current || !panel.current) return;
    const { bottom, left, right, top } = trigger.current.getBoundingClientRect();
    const { style } = panel.current;
    const { offsetWidth, offsetHeight } = panel.current;
    const isRight = left + offsetWidth > innerWidth - 8;
    style.left = `${Math.max(8, isRight ? Math.min(right, innerWidth - 8) - offsetWidth : left)}px`;
    const fits = bottom + 4 + offsetHeight < innerHeight;
    // The button itself may be out of sight.
    const above = Math.min(top - 4, innerHeight - 8) - offsetHeight;
    style.top = `${Math.max(8, fits ? bottom + 4 : above)}px`;
  };
  const close = () => panel.current?.hidePopover();
  useEffect(() => {
    if (!isOpen) return;
    const onFocus = ({ target }: FocusEvent) => {
      const isInside = [trigger.current, panel.current].some((one) => one?.contains(target as Node));
      if (!isInside) panel.current?.hidePopover();
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, [isOpen]);
  return (
    <>
      <button
        ref={trigger}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-expanded={isOpen}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className="popover"
        onToggle={({ newState }) => {
          setOpen(newState === "open");
          if (newState === "open") requestAnimationFrame(place);
        }}
      >
        {isOpen && children(close)}
      </div>
    </>
  );
}
