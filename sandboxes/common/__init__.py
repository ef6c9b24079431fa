"""What every sandbox shares: practice clock, ledger, faults, outbox for webhooks, control routes, runner, page shell.

A vendor package builds on three names: `SandboxConfig` (what can be set), `Sandbox` (what happens) and
`build_app` (the FastAPI application with `/_control/` in place). Tests use `server.serving`.
"""
