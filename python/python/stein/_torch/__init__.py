"""The tracer for PyTorch."""
