// A CommonJS program. It gets the same module instance as `import`, not a second copy.

const { print } = require("../shared/terminal.js");
const { CaseClient, isCaseApiError } = require("cisco-support-case");

import("cisco-support-case").then(async (imported) => {
  if (imported.CaseClient !== CaseClient) throw new Error("import and require give two packages");
  await print({ CaseClient, isCaseApiError });
});
