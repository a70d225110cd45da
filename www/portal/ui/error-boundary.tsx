// A boundary for errors of rendering: the rest of the page keeps working.

import { Component, type ReactNode } from "react";
import { ErrorPanel } from "./error-panel.js";

/** Shows an error of its content in its place. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <ErrorPanel error={error} again={() => this.setState({ error: null })} />;
  }
}
