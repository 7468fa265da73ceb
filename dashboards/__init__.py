"""Dashboards as code: views of the gold tables, charts written in YAML, pushed to Superset and verified there."""
