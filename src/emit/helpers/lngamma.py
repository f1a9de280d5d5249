def lngamma(u):
    """The logarithm of the gamma function."""
    return np.vectorize(math.lgamma, otypes=[float])(u)
