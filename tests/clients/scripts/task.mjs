// What the JavaScript programs share: the task, the report, and a place for generated code.

import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const task = JSON.parse(process.env.TASK);

export async function doing(thing, work) {
  try {
    console.log(`REPORT ${JSON.stringify([thing, await work()])}`);
  } catch (error) {
    console.log(`${thing}:`, error, error instanceof Response ? await error.text() : "");
  }
}

// The status of the answer that a library turned into an error of its own.
export async function statusOfFailure(work) {
  try {
    await work();
    return "no failure";
  } catch (error) {
    return error.status ?? error.statusCode ?? error.rootCause?.response?.status ?? String(error);
  }
}

// Runs a code generator of node_modules on our $metadata, in the directory of the task; gives what loads the result.
export async function generated(generator, flags, files = {}) {
  const response = await fetch(new URL("$metadata", task.root), { headers: { "X-API-Key": task.key } });
  const inputs = { "leads.edmx": await response.text(), ...files };
  for (const [name, text] of Object.entries(inputs)) {
    writeFileSync(join(task.directory, name), text);
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(task.directory, "node_modules"));
  const command = [join("node_modules", ".bin", generator), ...flags];
  execFileSync(process.execPath, command, { cwd: task.directory, stdio: "inherit" });
  return createRequire(join(task.directory, "package.json"));
}
