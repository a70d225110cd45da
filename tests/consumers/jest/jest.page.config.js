// The same in a simulated page. Plain jsdom lacks globals of Node (fetch, TextDecoder); this environment has them.
export default {
  transform: {},
  testMatch: ["**/calls.test.js"],
  testEnvironment: "jest-fixed-jsdom",
  testEnvironmentOptions: { customExportConditions: ["node", "node-addons"] },
};
