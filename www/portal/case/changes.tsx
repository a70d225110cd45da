// Changed fields, each with the value before and after.

import type { ReactNode } from "react";
import { balanced } from "../ui/bidi.js";
import type { Difference } from "./differences.js";
import "./changes.css";

/** A list of changed fields. */
export function Changes({ differences }: { differences: readonly Difference[] }): ReactNode {
  return (
    <ul className="changes plain">
      {differences.map(({ field, label, before, after }) => (
        <li key={field}>
          <span className="change-field">{label}</span>
          {before !== undefined && (
            <del dir="auto">
              <span className="visually-hidden">before: </span>
              {balanced(before)}
            </del>
          )}
          {before !== undefined && after !== undefined && <span aria-hidden="true">→</span>}
          {after !== undefined && (
            <ins dir="auto">
              <span className="visually-hidden">now: </span>
              {balanced(after)}
            </ins>
          )}
          {before === undefined && after === undefined && <span>changed</span>}
        </li>
      ))}
    </ul>
  );
}
