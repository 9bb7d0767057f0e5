"""The worker: the process that runs the application, under the server and the probe."""
