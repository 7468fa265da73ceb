"""The figures of the demo computed a second time, from the input files alone.

This package is the witness that `make demo-check` calls: it reads the recordings, and the messages of a simulated day,
with pandas, places points with shapely and h3, and sums. Of fused incidents it takes from the lake only which reports
fusion put together. It imports nothing of `schemas`, `connectors`, `analytics`, `jobs`, `dashboards` or `simulator`;
what it shares is data only (the city's folder, the code lists), read here with a plain YAML parser.
"""
