// A boundary for errors of rendering: the rest of the page keeps working.

import { Component, type ReactNode } from "react";
import { ErrorPanel } from "./error-panel.js";
import { isMissingFile } from "./missing-files.js";

/** Properties of a boundary. */
export interface ErrorBoundaryProps {
  /** The place of which the content is a part: in another one it is rendered anew. */
  readonly place?: string;
  /** What is shown in place of the error, for a part that the page can do without. */
  readonly fallback?: ReactNode;
  readonly children: ReactNode;
}

/** Shows an error of its content in its place. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidUpdate({ place }: ErrorBoundaryProps): void {
    if (place !== this.props.place && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    const { children, fallback } = this.props;
    if (error === null) return children;
    if (fallback !== undefined) return fallback;
    // React keeps what a file that was not there gave.
    const again = () => (isMissingFile(error) ? location.reload() : this.setState({ error: null }));
    return <ErrorPanel error={error} again={again} />;
  }
}
