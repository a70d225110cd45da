// The key of a user id: the service ignores their case (`www/guide/service.md`, "User ids").

/** Returns the key by which user ids are compared. */
export const userKey = (user_id: string): string => user_id.toLowerCase();
