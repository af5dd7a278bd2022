"""What the site counts and times, for Prometheus: with `webapp.exposition`, which shows it, the only place that knows `prometheus_client`.

No label ever holds what somebody typed or who somebody is: labels are routes, stages, outcomes and parts that the code names.
"""
