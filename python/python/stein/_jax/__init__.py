"""The tracer for JAX."""
