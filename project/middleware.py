from project.metrics import MetricsMiddleware

__all__ = ["MetricsMiddleware"]
