// The same in a page that is only played. jsdom as it is lacks what Node has (fetch, TextDecoder); this has it.
export default {
  transform: {},
  testMatch: ["**/calls.test.js"],
  testEnvironment: "jest-fixed-jsdom",
  testEnvironmentOptions: { customExportConditions: ["node", "node-addons"] },
};
