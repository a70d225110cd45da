// Tests that are CommonJS scripts.
export default { testMatch: ["**/*.test.cjs"] };
