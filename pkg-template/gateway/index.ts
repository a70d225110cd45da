// The module `cisco-support-case/gateway`.

export { createGateway } from "./gateway.js";
export { CaseLive } from "./live/live.js";
export type {
  AuditEntry,
  Context,
  Copy,
  Gateway,
  GatewayOptions,
  Identity,
  JwtOptions,
  MeBody,
  Permissions,
  QuotaNamespace,
  Scheduled,
  Sync,
} from "./options.js";
export { CaseQuota, type QuotaWindow } from "./quota.js";
