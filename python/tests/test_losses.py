"""Losses of the field, right and wrong, with the verdicts that the literature has on them."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")

import jax.numpy as jnp  # noqa: E402
from jax.scipy.stats import norm  # noqa: E402

import stein.jax as sj  # noqa: E402

KEY = jax.random.key(0)
sg = jax.lax.stop_gradient
f = sj.opaque(lambda *u: sum(u), "f")
p = sj.Law("p")


class Case(NamedTuple):
    """A loss, its objective, example arguments and hypotheses."""

    loss: Callable[..., Any]
    verdict: str
    arguments: tuple[Any, ...] = (1.0, KEY)
    of: Callable[..., Any] | None = None
    given: str = ""
    argnum: int = 0
    hint: str = ""


CASES: dict[str, Case] = {}
#: From the best to the worst: an array is as good as its worst entry.
ORDER = ("proved", "conditional", "open", "refuted")


def case(name: str, loss: Callable[..., Any], verdict: str, *arguments: Any, **keywords: Any) -> None:
    """Adds a case."""
    assert name not in CASES
    if arguments:
        keywords["arguments"] = arguments
    CASES[name] = Case(loss, verdict, **keywords)


def gaussian(x: Any, mean: Any) -> Any:
    """A log-density as programs write it, without its constant."""
    return -((x - mean) ** 2) / 2


# --- one Gaussian draw ---------------------------------------------------------------------------------------------------


def mean_of_f(theta: Any, key: Any) -> Any:
    return f(theta + jax.random.normal(key))


def reparametrised(theta: Any, sigma: Any, key: Any) -> Any:
    return f(theta + sigma * jax.random.normal(key))


def score(theta: Any, key: Any) -> Any:
    x = sg(theta + jax.random.normal(key))
    return gaussian(x, theta) * sg(f(x))


def score_with_sample_not_stopped(theta: Any, key: Any) -> Any:
    x = theta + jax.random.normal(key)
    return gaussian(x, theta) * sg(f(x))


def score_with_reward_not_stopped(theta: Any, key: Any) -> Any:
    x = theta + jax.random.normal(key)
    return gaussian(sg(x), theta) * f(x)


def score_with_baseline(theta: Any, b: Any, key: Any) -> Any:
    x = sg(theta + jax.random.normal(key))
    return gaussian(x, theta) * (sg(f(x)) - b)


def score_and_pathwise_of_norm(theta: Any, key: Any) -> Any:
    x = theta + jax.random.normal(key)
    return norm.logpdf(sg(x), theta) * sg(f(x))


case("reparametrised", reparametrised, "proved", 1.0, 0.5, KEY, given="f : lipschitz")
case("reparametrised, in the scale", reparametrised, "proved", 1.0, 0.5, KEY, given="f : lipschitz, sigma > 0", argnum=1)
case("reparametrised, nothing known of f", reparametrised, "conditional", 1.0, 0.5, KEY)
case("reparametrised, f with jumps", reparametrised, "refuted", 1.0, 0.5, KEY, given="f : jump")
case("score", score, "proved", of=mean_of_f)
case("score, by scipy", score_and_pathwise_of_norm, "proved", of=mean_of_f)
case("score, sample not stopped", score_with_sample_not_stopped, "refuted", of=mean_of_f)
case("score, reward not stopped", score_with_reward_not_stopped, "refuted", of=mean_of_f, given="f : lipschitz")
case("score with a baseline", score_with_baseline, "proved", 1.0, 0.3, KEY, of=lambda theta, b, key: mean_of_f(theta, key))
case("score as its own objective", score, "refuted")
case("step, pathwise", lambda theta, key: jnp.where(theta + jax.random.normal(key) > 0, 1.0, 0.0), "refuted", hint="jump")
case("relu, pathwise", lambda theta, key: jax.nn.relu(theta + jax.random.normal(key)), "proved")
case("maximum with a draw", lambda theta, key: jnp.maximum(theta, jax.random.normal(key)), "proved")
case("a sine, pathwise", lambda theta, key: jnp.sin(theta + jax.random.normal(key)) ** 2, "proved")
case(
    "an exponential draw",
    lambda theta, key: f(jax.random.exponential(key) / theta),
    "proved",
    given="theta > 0, f : lipschitz",
)

# --- DiCE, unspecified policies --------------------------------------------------------------------------------------------


def dice(theta: Any, key: Any) -> Any:
    x = p.sample(key, theta)
    log = p.log_prob(x, theta)
    return jnp.exp(log - sg(log)) * f(x)


def reward(theta: Any, key: Any) -> Any:
    return f(p.sample(key, theta))


def reinforce(theta: Any, key: Any) -> Any:
    x = p.sample(key, theta)
    return p.log_prob(x, theta) * f(x)


def ratio(theta: Any, phi: Any, key: Any) -> Any:
    x = p.sample(key, phi)
    return jnp.exp(p.log_prob(x, theta) - p.log_prob(x, phi)) * f(x)


def clipped_ratio(theta: Any, phi: Any, key: Any) -> Any:
    x = p.sample(key, phi)
    r = jnp.exp(p.log_prob(x, theta) - p.log_prob(x, phi))
    return jnp.minimum(r * f(x), jnp.clip(r, 0.8, 1.2) * f(x))


def no_ratio(theta: Any, phi: Any, key: Any) -> Any:
    x = p.sample(key, phi)
    return p.log_prob(x, theta) * f(x)


def on_policy(theta: Any, phi: Any, key: Any) -> Any:
    return reward(theta, key)


case("DiCE", dice, "proved")
case("REINFORCE", reinforce, "proved", of=reward)
case("REINFORCE, a reward without a score", lambda theta, key: f(p.sample(key, theta)), "refuted")
case("off-policy ratio", ratio, "proved", 1.0, 2.0, KEY, of=on_policy)
case("PPO without its clip, at the behaviour", ratio, "proved", 1.0, 2.0, KEY)
case("PPO with its clip", clipped_ratio, "refuted", 1.0, 2.0, KEY, of=on_policy)
case("off-policy without the ratio", no_ratio, "refuted", 1.0, 2.0, KEY, of=on_policy)

# --- KL estimators -------------------------------------------------------------------------------------------------------


def log_ratio(theta: Any, phi: Any, key: Any) -> tuple[Any, Any]:
    x = p.sample(key, theta)
    return p.log_prob(x, theta), p.log_prob(x, phi)


def kl(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return new - old


def k2(theta: Any, phi: Any, key: Any) -> Any:
    return kl(theta, phi, key) ** 2 / 2


def k3(theta: Any, phi: Any, key: Any) -> Any:
    log = kl(theta, phi, key)
    return jnp.exp(-log) - 1 + log


def k1_in_reward(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return new * sg(new - old)


def k3_in_reward(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return new * sg(jnp.exp(old - new) - 1 + new - old)


def k2_in_reward(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return new * sg((new - old) ** 2 / 2)


def k1_with_score(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return (new - old) + new * sg(new - old)


def k3_weighted(theta: Any, phi: Any, key: Any) -> Any:
    new, old = log_ratio(theta, phi, key)
    return jnp.exp(new - sg(new)) * (jnp.exp(old - new) - 1 + new - old)


for _name, _loss, _verdict in (
    ("k1 as a loss", kl, "refuted"),
    ("k2 as a loss", k2, "proved"),
    ("k3 as a loss", k3, "refuted"),
    ("k1 in the reward", k1_in_reward, "proved"),
    ("k2 in the reward", k2_in_reward, "refuted"),
    ("k3 in the reward", k3_in_reward, "refuted"),
    ("k1 as a loss, with its score", k1_with_score, "proved"),
    ("k3 times its own ratio", k3_weighted, "proved"),
):
    case(_name, _loss, _verdict, 1.0, 2.0, KEY, of=kl)

# --- several samples -------------------------------------------------------------------------------------------------------


def group(theta: Any, key: Any, n: int) -> tuple[Any, Any]:
    x = jax.vmap(lambda k: p.sample(k, theta))(jax.random.split(key, n))
    return jax.vmap(f)(x), jax.vmap(lambda y: p.log_prob(y, theta))(x)


def leave_one_out(n: int) -> Callable[..., Any]:
    def loss(theta: Any, key: Any) -> Any:
        r, log = group(theta, key, n)
        return jnp.mean(log * sg(r - (r.sum() - r) / (n - 1)))

    return loss


def group_mean(n: int, factor: float = 1.0) -> Callable[..., Any]:
    def loss(theta: Any, key: Any) -> Any:
        r, log = group(theta, key, n)
        return factor * jnp.mean(log * sg(r - r.mean()))

    return loss


def group_std(theta: Any, key: Any) -> Any:
    r, log = group(theta, key, 2)
    return jnp.mean(log * sg((r - r.mean()) / r.std()))


def split_baseline(theta: Any, key: Any) -> Any:
    one, two = jax.random.split(key)
    x, y = p.sample(one, theta), p.sample(two, theta)
    return p.log_prob(x, theta) * sg(f(x) - f(y))


def reused_baseline(theta: Any, key: Any) -> Any:
    x, y = p.sample(key, theta), p.sample(key, theta)
    return p.log_prob(x, theta) * sg(f(x) - f(y))


case("RLOO, two samples", leave_one_out(2), "proved", of=reward)
case("RLOO, three samples", leave_one_out(3), "proved", of=reward)
case("a group mean as the baseline", group_mean(2), "refuted", of=reward, hint="factor 2")
case("a group mean, corrected", group_mean(2, 2.0), "proved", of=reward)
case("GRPO with a standard deviation", group_std, "refuted", of=reward)
case("a baseline from another key", split_baseline, "proved", of=reward)
case("a baseline from the same key", reused_baseline, "refuted", of=reward)

# --- discrete draws --------------------------------------------------------------------------------------------------------


def coin(theta: Any, key: Any) -> Any:
    return jax.random.bernoulli(key, jax.nn.sigmoid(theta)).astype(float)


def coin_score(theta: Any, key: Any) -> Any:
    b = coin(theta, key)
    log = b * jax.nn.log_sigmoid(theta) + (1 - b) * jax.nn.log_sigmoid(-theta)
    return log * sg(f(b))


def straight_through(theta: Any, key: Any) -> Any:
    q, b = jax.nn.sigmoid(theta), coin(theta, key)
    return f(sg(b - q) + q)


def relaxed_coin(theta: Any, key: Any) -> Any:
    u = jax.random.logistic(key)
    return jax.nn.sigmoid((theta + u) / 0.5) ** 2


def token(logits: Any, key: Any) -> Any:
    return jax.random.categorical(key, logits)


def token_reward(logits: Any, key: Any) -> Any:
    return f(token(logits, key).astype(float))


def token_score(logits: Any, key: Any) -> Any:
    a = token(logits, key)
    return jax.nn.log_softmax(logits)[a] * sg(f(a.astype(float)))


def token_without_log(logits: Any, key: Any) -> Any:
    a = token(logits, key)
    return jax.nn.softmax(logits)[a] * sg(f(a.astype(float)))


def one_hot_score(logits: Any, key: Any) -> Any:
    a = token(logits, key)
    return jnp.sum(jax.nn.one_hot(a, 2) * jax.nn.log_softmax(logits)) * sg(f(a.astype(float)))


LOGITS = jnp.array([0.3, -0.2])
case("Bernoulli score", coin_score, "proved", 0.3, KEY, of=lambda theta, key: f(coin(theta, key)))
case("straight-through", straight_through, "refuted", 0.3, KEY, of=lambda theta, key: f(coin(theta, key)))
case("relaxed Bernoulli", relaxed_coin, "refuted", 0.3, KEY, of=lambda theta, key: coin(theta, key) ** 2)
case("categorical score", token_score, "proved", LOGITS, KEY, of=token_reward)
case("categorical score, one-hot", one_hot_score, "proved", LOGITS, KEY, of=token_reward)
case("categorical score without the logarithm", token_without_log, "refuted", LOGITS, KEY, of=token_reward)

# --- evolution strategies ------------------------------------------------------------------------------------------------


def antithetic(theta: Any, sigma: Any, key: Any) -> Any:
    e = jax.random.normal(key)
    return theta * sg(e * (f(theta + sigma * e) - f(theta - sigma * e)) / (2 * sigma))


def antithetic_without_scale(theta: Any, sigma: Any, key: Any) -> Any:
    e = jax.random.normal(key)
    return theta * sg(e * (f(theta + sigma * e) - f(theta - sigma * e)) / 2)


def forward_difference(theta: Any, sigma: Any, key: Any) -> Any:
    e = jax.random.normal(key)
    return theta * sg(e * (f(theta + sigma * e) - f(theta)) / sigma)


def vector_es(theta: Any, key: Any) -> Any:
    e = jax.random.normal(key, (2,))
    return jnp.dot(theta, sg(e * f(theta + e)))


SCALE = (1.0, 0.5, KEY)
case("antithetic ES", antithetic, "proved", *SCALE, of=reparametrised)
case("antithetic ES without 1/σ", antithetic_without_scale, "refuted", *SCALE, of=reparametrised, hint="factor 1/σ")
case("ES, forward difference", forward_difference, "proved", *SCALE, of=reparametrised)
case(
    "ES in two dimensions",
    vector_es,
    "proved",
    jnp.array([0.5, 1.0]),
    KEY,
    of=lambda theta, key: f(theta + jax.random.normal(key, (2,))),
)

# --- variational bounds ----------------------------------------------------------------------------------------------------


def elbo(mu: Any, rho: Any, key: Any) -> Any:
    scale = jnp.exp(rho)
    z = mu + scale * jax.random.normal(key)
    return f(z) + norm.logpdf(z) - norm.logpdf(z, mu, scale)


def sticking_the_landing(mu: Any, rho: Any, key: Any) -> Any:
    scale = jnp.exp(rho)
    z = mu + scale * jax.random.normal(key)
    return f(z) + norm.logpdf(z) - norm.logpdf(z, sg(mu), sg(scale))


def elbo_without_entropy(mu: Any, rho: Any, key: Any) -> Any:
    scale = jnp.exp(rho)
    z = mu + scale * jax.random.normal(key)
    return f(z) + norm.logpdf(z)


def score_elbo(theta: Any, key: Any) -> Any:
    z = p.sample(key, theta)
    log = p.log_prob(z, theta)
    return log * sg(f(z) - log)


def discrete_pathwise_elbo(theta: Any, key: Any) -> Any:
    b = coin(theta, key)
    log = b * jax.nn.log_sigmoid(theta) + (1 - b) * jax.nn.log_sigmoid(-theta)
    return f(b) - log


BOUND = (0.1, 0.2, KEY)
SMOOTH = {"given": "f : lipschitz"}
case("ELBO, in the mean", elbo, "proved", *BOUND, **SMOOTH)
case("ELBO, in the scale", elbo, "proved", *BOUND, argnum=1, **SMOOTH)
case("sticking the landing, in the mean", sticking_the_landing, "proved", *BOUND, of=elbo, **SMOOTH)
case("sticking the landing, in the scale", sticking_the_landing, "proved", *BOUND, of=elbo, argnum=1, **SMOOTH)
case("ELBO without its entropy, in the scale", elbo_without_entropy, "refuted", *BOUND, of=elbo, argnum=1, **SMOOTH)
case(
    "ELBO by scores",
    score_elbo,
    "proved",
    of=lambda theta, key: f(p.sample(key, theta)) - p.log_prob(p.sample(key, theta), theta),
)
case("ELBO of a discrete guide, pathwise", discrete_pathwise_elbo, "refuted", 0.3, KEY)

# --- other losses ------------------------------------------------------------------------------------------------------------


def noisy(theta: Any, sigma: Any, key: Any) -> tuple[Any, Any]:
    one, two = jax.random.split(key)
    x = jax.random.normal(one)
    return x, x + sigma * jax.random.normal(two)


def denoising(theta: Any, sigma: Any, key: Any) -> Any:
    x, y = noisy(theta, sigma, key)
    return (theta * y - (x - y) / sigma**2) ** 2


def explicit_score_matching(theta: Any, sigma: Any, key: Any) -> Any:
    _, y = noisy(theta, sigma, key)
    return (theta * y + y / (1 + sigma**2)) ** 2


def denoising_other_sign(theta: Any, sigma: Any, key: Any) -> Any:
    x, y = noisy(theta, sigma, key)
    return (theta * y + (x - y) / sigma**2) ** 2


def over_a_scan(theta: Any, key: Any) -> Any:
    def step(carry: Any, k: Any) -> Any:
        a = sg(theta + jax.random.normal(k))
        return (carry[0] + gaussian(a, theta), carry[1] + f(a)), None

    (log, total), _ = jax.lax.scan(step, (0.0, 0.0), jax.random.split(key, 2))
    return log * sg(total)


def scanned(theta: Any, key: Any) -> Any:
    def step(carry: Any, k: Any) -> Any:
        return carry + f(theta + jax.random.normal(k)), None

    return jax.lax.scan(step, 0.0, jax.random.split(key, 2))[0]


def tangent_network(theta: Any, key: Any) -> Any:
    return jnp.tanh(theta * 2.0 + jax.random.normal(key)) * 3.0


case("denoising score matching", denoising, "proved", *SCALE)
case("denoising as explicit score matching", denoising, "proved", *SCALE, of=explicit_score_matching)
case("denoising with the other sign", denoising_other_sign, "refuted", *SCALE, of=explicit_score_matching)
case("REINFORCE over a scan", over_a_scan, "proved", of=scanned)
case("a small network", tangent_network, "proved")
case("uniform noise", lambda theta, key: f(theta + jax.random.uniform(key)), "proved", given="f : lipschitz")
case("Gumbel noise", lambda theta, key: f(theta + jax.random.gumbel(key)), "proved", given="f : lipschitz")
case("logistic noise", lambda theta, key: f(theta + jax.random.logistic(key)), "proved", given="f : lipschitz")
case("Laplace noise", lambda theta, key: f(theta + jax.random.laplace(key)), "proved", given="f : lipschitz")


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    loss = CASES[name]
    reports = sj.check(loss.loss, of=loss.of, given=loss.given, argnum=loss.argnum)(*loss.arguments)
    reports = reports if isinstance(reports, list) else [reports]
    assert max((report.verdict for report in reports), key=ORDER.index) == loss.verdict, reports
    for report in reports:
        assert bool(report) == (report.verdict == "proved")
        if loss.hint:
            assert report.answer.repair is not None and loss.hint in report.answer.repair.hint


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60 and sum(loss.verdict == "refuted" for loss in CASES.values()) >= 20
