def digamma(u):
    """The digamma function of a positive argument: eight steps up, then the asymptotic series."""
    u = np.asarray(u, dtype=float)
    v = u + 8.0
    w = 1.0 / (v * v)
    series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w / 132))))
    return np.log(v) - 0.5 / v - series - sum(1.0 / (u + k) for k in range(8))
