export default { mode: "production", entry: "./src/main.js", output: { filename: "src/[name].js" } };
