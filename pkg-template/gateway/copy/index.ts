// The module `cisco-support-case/gateway/copy`.

export type { RunOptions } from "../run-options.js";
export type { CopiedDetails, FeedPageBody, QueryAnswerBody } from "./answers.js";
export type { CopyDetailsReport, CopyOptions, CopyReport } from "./copy-options.js";

export { copyTo } from "./copy-to.js";
export type { CopyDatabase, CopyPreparedStatement, CopyStatementResult } from "./d1-types.js";
