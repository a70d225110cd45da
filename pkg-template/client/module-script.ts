// The interface of the JavaScript glue, which is loaded together with its wasm module.

/**
 * The JavaScript glue of a wasm module.
 *
 * @internal
 */
export interface ModuleScript<E> {
  /** Creates the glue of one instance. */
  readonly glue: (registry: unknown) => { imports(): WebAssembly.Imports; open(instance: WebAssembly.Instance): E };
  /** The build id of the matching module. */
  readonly build: string;
  /** The build id of the matching client module, for glue that is loaded separately. */
  readonly ofClient?: string;
  /** Called with the exports of each new instance. */
  onInstantiated?(exports: E): void;
}
