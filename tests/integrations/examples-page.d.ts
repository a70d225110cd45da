// What examples for pages take for granted.

declare const portal: { signIn(): Promise<string> };
