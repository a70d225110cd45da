// Scripts of workers in the form in which those of pages are: those of one file alone cannot load anything later.
export default { worker: { format: "es" } };
