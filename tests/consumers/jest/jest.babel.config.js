// Jest's default, which compiles the project's own files with babel-jest.
export default { testMatch: ["**/calls.test.js"] };
