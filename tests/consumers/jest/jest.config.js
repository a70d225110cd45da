// Packages of modules are run as they are: NODE_OPTIONS=--experimental-vm-modules.
export default { transform: {}, testMatch: ["**/calls.test.js"] };
