// What the program uses of the package, in one place: the program is bundled into one file, and these stay imports of it.

export {
  CASE_STATUSES,
  CaseClient,
  checkAllCases,
  checkCaseSummary,
  explainError,
  isCaseApiError,
  isOpen,
  parseIds,
  type AllCasesParams,
  type BulkFailure,
  type CaseDetail,
  type CaseNote,
  type CaseRecord,
  type CaseChange as CaseEvent,
  type ChangesParams,
  type ClientOptions,
  type ErrorKind,
  type FetchLike,
  type ListTarget,
  type TokenReply,
} from "../entry/node.js";
export { createSandbox } from "../entry/sandbox-node.js";
export { CaseStore } from "../entry/store-node.js";
export type { Sandbox, SandboxOptions } from "../sandbox/index.js";
export { respondTo, respondToMalformed, splitBody } from "../sandbox/sandbox-core.js";
export type {
  AgeBucket,
  CaseChange as StoreChange,
  CaseConditions,
  CaseOverview,
  CaseQuery,
  CaseSortKey,
  CaseStore as OpenStore,
  ExportField,
} from "../store/index.js";
