"""The same for PyTorch: verdicts of the literature, and a tracer that refuses what it cannot read."""

from __future__ import annotations

from typing import Any, Callable

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch.distributions import Bernoulli, Categorical, Exponential, Normal  # noqa: E402

import stein  # noqa: E402
import stein.torch as st  # noqa: E402

f = st.opaque(lambda u: u, "f")
p = st.Law("p")
ONE, LOGITS = torch.tensor(1.0), torch.tensor([0.3, -0.2])


def plain(theta: Any) -> Any:
    return f(theta + torch.randn(()))


def score(theta: Any) -> Any:
    law = Normal(theta, 1.0)
    x = law.sample()
    return law.log_prob(x) * f(x).detach()


def score_of_a_reparametrised_draw(theta: Any) -> Any:
    law = Normal(theta, 1.0)
    x = law.rsample()
    return law.log_prob(x) * f(x).detach()


def dice(theta: Any) -> Any:
    x = p.sample(theta)
    log = p.log_prob(x, theta)
    return torch.exp(log - log.detach()) * f(x)


def coin(theta: Any) -> Any:
    return f(Bernoulli(logits=theta).sample())


def coin_score(theta: Any) -> Any:
    law = Bernoulli(logits=theta)
    b = law.sample()
    return law.log_prob(b) * f(b).detach()


def straight_through(theta: Any) -> Any:
    q = torch.sigmoid(theta)
    return f((torch.bernoulli(q) - q).detach() + q)


def token(logits: Any) -> Any:
    return f(Categorical(logits=logits).sample().to(torch.float64))


def token_score(logits: Any) -> Any:
    law = Categorical(logits=logits)
    a = law.sample()
    return law.log_prob(a) * f(a.to(torch.float64)).detach()


def group(theta: Any, n: int) -> tuple[Any, Any]:
    x = p.sample(theta, shape=(n,))
    return torch.stack([f(u) for u in x]).detach(), p.log_prob(x, theta)


def leave_one_out(theta: Any) -> Any:
    r, log = group(theta, 2)
    return (log * (r - (r.sum() - r))).mean()


def group_mean(theta: Any) -> Any:
    r, log = group(theta, 2)
    return (log * (r - r.mean())).mean()


def kl(theta: Any, phi: Any) -> Any:
    x = p.sample(theta)
    return p.log_prob(x, theta) - p.log_prob(x, phi)


def k3(theta: Any, phi: Any) -> Any:
    x = p.sample(theta)
    log = p.log_prob(x, theta) - p.log_prob(x, phi)
    return torch.exp(-log) - 1 + log


def elbo(mu: Any, rho: Any) -> Any:
    z = Normal(mu, rho.exp()).rsample()
    return f(z) + Normal(0.0, 1.0).log_prob(z) - Normal(mu, rho.exp()).log_prob(z)


def in_place(theta: Any) -> Any:
    x = torch.zeros(2, dtype=torch.float64)
    x[0] = theta
    x[1] += theta * torch.randn(())
    return (x**2).sum()


LIPSCHITZ = "f : lipschitz"
CASES: dict[str, tuple[Callable[..., Any], str, tuple[Any, ...], dict[str, Any]]] = {
    "reparametrised": (lambda theta: f(Normal(theta, 1.0).rsample()), "proved", (ONE,), {"given": LIPSCHITZ}),
    "sampled, and no gradient": (lambda theta: f(Normal(theta, 1.0).sample()), "refuted", (ONE,), {}),
    "score": (score, "proved", (ONE,), {"of": plain}),
    "score of a reparametrised draw": (score_of_a_reparametrised_draw, "refuted", (ONE,), {"of": plain}),
    "DiCE": (dice, "proved", (ONE,), {}),
    "Bernoulli score": (coin_score, "proved", (torch.tensor(0.3),), {"of": coin}),
    "straight-through": (straight_through, "refuted", (torch.tensor(0.3),), {"of": coin}),
    "categorical score": (token_score, "proved", (LOGITS,), {"of": token}),
    "RLOO": (leave_one_out, "proved", (ONE,), {"of": lambda theta: f(p.sample(theta))}),
    "a group mean": (group_mean, "refuted", (ONE,), {"of": lambda theta: f(p.sample(theta))}),
    "k1 as a loss": (kl, "refuted", (ONE, 2.0), {}),
    "k2 as a loss": (lambda theta, phi: kl(theta, phi) ** 2 / 2, "proved", (ONE, 2.0), {"of": kl}),
    "k3 as a loss": (k3, "refuted", (ONE, 2.0), {"of": kl}),
    "ELBO, in the mean": (elbo, "proved", (ONE, torch.tensor(0.2)), {"given": LIPSCHITZ}),
    "ELBO, in the scale": (elbo, "proved", (ONE, torch.tensor(0.2)), {"given": LIPSCHITZ, "argnum": 1}),
    "relu, pathwise": (lambda theta: torch.relu(theta + torch.randn(())), "proved", (ONE,), {}),
    "step, pathwise": (lambda theta: torch.where(theta + torch.randn(()) > 0, 1.0, 0.0), "refuted", (ONE,), {}),
    "exponential": (
        lambda theta: f(Exponential(theta).rsample()),
        "proved",
        (ONE,),
        {"given": "theta > 0, f : lipschitz"},
    ),
    "operators that act in place": (in_place, "proved", (ONE,), {}),
    "dropout": (lambda theta: torch.nn.functional.dropout(theta.reshape(1), 0.5).sum(), "proved", (ONE,), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    loss, verdict, arguments, keywords = CASES[name]
    reports = st.check(loss, **keywords)(*arguments)
    for report in reports if isinstance(reports, list) else [reports]:
        assert report.verdict == verdict, report


def refused(loss: Callable[..., Any], *arguments: Any) -> stein.Unsupported:
    with pytest.raises(stein.Unsupported) as caught:
        st.check(loss)(*(arguments or (ONE,)))
    return caught.value


def test_what_has_no_reading_is_refused_with_its_place() -> None:
    error = refused(lambda theta: torch.sort(theta + torch.randn(3))[0][0])
    assert "sort" in str(error) and error.file is not None and error.file.endswith("test_torch.py") and error.lineno
    assert "tracing tensor" in str(refused(lambda theta: theta * (theta + torch.randn(())).item()))

    def control(theta: Any) -> Any:
        x = theta + torch.randn(())
        return x if x > 0 else -x

    assert refused(control).lineno is not None
    refused(lambda theta: theta * torch._standard_gamma(torch.ones(())))
    refused(lambda theta: torch.multinomial(torch.ones(3), 2).sum() * theta)


@pytest.mark.parametrize(
    "function",
    [
        torch.exp, torch.log1p, torch.sqrt, torch.sigmoid, torch.tanh, torch.erf, torch.abs, torch.square, torch.rsqrt,
        torch.nn.functional.softplus, torch.nn.functional.silu, torch.nn.functional.elu, torch.lgamma, lambda u: u**2.5,
        lambda u: torch.clamp(u, 0.2, 0.9), lambda u: torch.logsumexp(torch.stack([u, 2 * u]), 0),
        lambda u: torch.softmax(torch.stack([u, -u]), 0)[0], lambda u: torch.stack([u, u**2]).cumsum(0)[1],
        lambda u: torch.stack([u, u**2]).max(), lambda u: torch.stack([u, 2.0 * u]).norm(), lambda u: torch.stack([u, u**2]).var(),
        lambda u: torch.stack([u, 2 * u]) @ torch.tensor([1.0, 2.0], dtype=torch.float64), lambda u: torch.maximum(u, u**2),
        lambda u: torch.outer(torch.stack([u, u]), torch.ones(2, dtype=torch.float64)).sum(), lambda u: u.expand(3).prod(),
    ],
)  # fmt: skip
def test_functions_are_read_as_what_they_compute(function: Callable[[Any], Any]) -> None:
    # The reading is compared with the code; one that differs is refused, which would be an error here.
    try:
        report = st.check(lambda theta: function(theta * torch.exp(0.1 * torch.randn(()))), given="theta > 0", timeout=0.05)(0.7)
    except stein.Unsupported as error:
        assert "has no reading" in str(error)
        pytest.skip(str(error))
    assert isinstance(report, st.Report) and report.verdict != "refuted", report


def test_a_reading_that_differs_from_the_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from stein._torch import rules

    monkeypatch.setitem(rules.RULES, "aten::sin", rules.RULES["aten::cos"])
    assert "read as something else" in str(refused(lambda theta: torch.sin(theta + torch.randn(()))))


def test_each_draw_is_a_draw_of_its_own() -> None:
    report = st.check(lambda theta: theta * (torch.randn(()) - torch.randn(())))(ONE)
    assert isinstance(report, st.Report) and "E_{x ~ N(0, 1), y ~ N(0, 1)}[θ*(x - y)]" in report.statement


def test_draws_that_are_the_same_at_each_call_are_refused() -> None:
    def seeded(theta: Any) -> Any:
        torch.manual_seed(1)
        return theta * torch.randn(())

    assert "read as something else" in str(refused(seeded))
    generator = torch.Generator().manual_seed(0)
    assert "generator" in str(refused(lambda theta: theta * torch.randn((), generator=generator)))


def test_samples_of_categorical_laws() -> None:
    def loss(logits: Any) -> Any:
        law = Categorical(logits=logits)
        a = law.sample((2,))
        return (law.log_prob(a) * torch.tensor([1.0, 3.0], dtype=torch.float64)[a]).mean()

    def objective(logits: Any) -> Any:
        return torch.tensor([1.0, 3.0], dtype=torch.float64)[Categorical(logits=logits).sample((1,))].sum()

    reports = st.check(loss, of=objective)(LOGITS)
    assert isinstance(reports, list) and all(report.verdict != "refuted" for report in reports), reports


def test_settings_are_as_before() -> None:
    before = torch.get_default_dtype(), torch.distributions.Distribution._validate_args, torch.random.get_rng_state()
    st.check(lambda theta: theta * torch.randn(()))(ONE)
    assert torch.get_default_dtype() == before[0] and torch.distributions.Distribution._validate_args == before[1]
    assert torch.equal(torch.random.get_rng_state(), before[2])


def test_an_opaque_function_is_itself_outside_of_a_check() -> None:
    square = st.opaque(lambda u: u**2, "f")
    assert float(torch.func.grad(square)(torch.tensor(3.0))) == 6.0
