"""For whoever runs an installation: its figures for Prometheus, and a doctor that says in plain words what is wrong."""
