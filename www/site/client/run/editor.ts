// The editor of an example. It is in a shadow root, where its styles are constructed sheets, which the policy permits. Tab is
// not bound, so that it leaves the editor.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--muted)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--code-name)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--ground)", fontSize: "0.9rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
  ".cm-content": { caretColor: "var(--text)", padding: "0.9rem 0", fontFamily: "var(--code-font)" },
  ".cm-line": { padding: "0 1rem" },
  ".cm-scroller": { lineHeight: "1.5" },
});

export interface Editor {
  text(): string;
  replace(text: string): void;
  focus(): void;
}

/** Opens an editor in an element. `run` is called for Ctrl+Enter. */
export function openEditor(host: HTMLElement, text: string, label: string, run: () => void): Editor {
  const shadow = host.attachShadow({ mode: "open" });
  const keys = [{ key: "Mod-Enter", run: () => (run(), true) }, ...defaultKeymap, ...historyKeymap];
  const view = new EditorView({
    root: shadow,
    parent: shadow,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        javascript(),
        bracketMatching(),
        indentOnInput(),
        syntaxHighlighting(colours),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        keymap.of(keys),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    focus: () => view.focus(),
  };
}
