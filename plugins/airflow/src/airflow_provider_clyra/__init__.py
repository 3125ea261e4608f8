"""Governed changes as Airflow tasks."""
