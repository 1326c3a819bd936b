"""Programs that measure the suite itself; docs/method.md names them beside their figures."""
