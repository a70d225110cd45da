// Declarations that examples for pages rely on.

declare const portal: { signIn(): Promise<string> };
