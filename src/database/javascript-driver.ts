// With this variable the driver would load its native variant, which is not installed. This file must be imported
// before the driver.
delete process.env.NODE_PG_FORCE_NATIVE;
