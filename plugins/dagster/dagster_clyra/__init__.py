"""Governed changes as Dagster ops and assets."""
