/** Runs checks by their names, one after the other. The program ends with status 1 if one of them throws. */
export async function runChecks(checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      process.stdout.write(`ok: ${name}\n`);
    } catch (error) {
      process.exitCode = 1;
      process.stdout.write(`FAILED: ${name}\n${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}\n`);
    }
  }
}
