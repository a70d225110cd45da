// Jest as it is, which transforms one's own files by babel-jest.
export default { testMatch: ["**/calls.test.js"] };
