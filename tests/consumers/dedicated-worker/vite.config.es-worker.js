// Worker scripts as ES modules, like those of pages: single-file scripts cannot load anything later.
export default { worker: { format: "es" } };
