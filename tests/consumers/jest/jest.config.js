// ES modules in packages run untransformed: NODE_OPTIONS=--experimental-vm-modules.
export default { transform: {}, testMatch: ["**/calls.test.js"] };
