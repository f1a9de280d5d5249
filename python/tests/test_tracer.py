"""The tracer under attack: what it reads is what the code does, or it refuses and says where."""

from __future__ import annotations

import pickle
import random
from typing import Any, Callable

import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import stein  # noqa: E402
import stein.jax as sj  # noqa: E402
from stein import _numbers, _terms  # noqa: E402

KEY = jax.random.key(0)
f = sj.opaque(lambda *u: sum(u), "f")
g = sj.opaque(lambda *u: sum(u), "g")
p = sj.Law("p")


def statement(loss: Callable[..., Any], *arguments: Any, **keywords: Any) -> str:
    report = sj.check(loss, **keywords)(*(arguments or (1.0, KEY)))
    assert isinstance(report, sj.Report)
    return report.statement


def refused(loss: Callable[..., Any], *arguments: Any, **keywords: Any) -> stein.Unsupported:
    with pytest.raises(stein.Unsupported) as caught:
        sj.check(loss, **keywords)(*(arguments or (1.0, KEY)))
    return caught.value


# --- draws and keys ------------------------------------------------------------------------------------------------------


def test_draws_with_one_key_are_one_draw() -> None:
    def loss(theta: Any, key: Any) -> Any:
        return f(theta + jax.random.normal(key) - jax.random.normal(key))

    assert statement(loss) == "D_θ[f(θ)] = f'(θ)"


def test_keys_that_are_equal_by_whatever_way_are_one_key() -> None:
    def loss(theta: Any, key: Any) -> Any:
        x = jax.random.normal(jax.random.split(key)[0])
        return f(theta + x - jax.random.normal(jax.random.split(key, 2)[0]))

    assert "x" not in statement(loss)


def test_draws_with_two_keys_are_two_draws() -> None:
    def loss(theta: Any, key: Any) -> Any:
        one, two = jax.random.split(key)
        return f(theta + jax.random.normal(one) - jax.random.normal(two))

    assert "E_{x ~ N(0, 1), y ~ N(0, 1)}[f(θ + x - y)]" in statement(loss)


def test_two_key_arguments_are_independent_though_the_example_gives_one_key_twice() -> None:
    def loss(theta: Any, one: Any, two: Any) -> Any:
        return f(theta + jax.random.normal(one) - jax.random.normal(two))

    assert "θ + x - y" in statement(loss, 1.0, KEY, KEY)


def test_old_keys_and_arrays_of_keys() -> None:
    def loss(theta: Any, keys: Any) -> Any:
        return jnp.mean(jax.vmap(lambda key: f(theta + jax.random.normal(key)))(keys))

    typed = statement(loss, 1.0, jax.random.split(KEY, 2))
    assert typed == statement(loss, 1.0, jax.random.split(jax.random.PRNGKey(0), 2))
    assert "(1/2)*f(θ + x) + (1/2)*f(θ + y)" in typed


def test_one_key_for_two_kinds_of_draws_is_refused() -> None:
    def loss(theta: Any, key: Any) -> Any:
        return f(theta + jax.random.normal(key) + jax.random.uniform(key))

    error = refused(loss)
    assert "one key is used for two different draws" in str(error)
    assert error.file is not None and error.file.endswith("test_tracer.py") and error.lineno

    def shapes(theta: Any, key: Any) -> Any:
        return f(theta + jax.random.normal(key) + jax.random.normal(key, (2,))[0])

    assert "one key" in str(refused(shapes))


def test_a_key_made_inside_is_refused() -> None:
    error = refused(lambda theta: f(theta + jax.random.normal(jax.random.key(0))), 1.0)
    assert "pass the key as an argument" in str(error) and error.lineno


def test_bits_and_unknown_samplers_are_refused() -> None:
    assert "bits" in str(refused(lambda theta, key: theta * jax.random.bits(key).astype(float)))
    assert "bits" in str(refused(lambda theta, key: theta * jax.random.key_data(key)[0].astype(float)))
    refused(lambda theta, key: theta * jax.random.gamma(key, 2.0))
    refused(lambda theta, key: theta * jax.random.truncated_normal(key, -1.0, 1.0))


def test_a_function_with_the_name_of_a_sampler_is_read_by_what_it_does() -> None:
    def loss(theta: Any, key: Any) -> Any:
        @jax.jit
        def _normal(k: Any) -> Any:
            return 2 * jax.random.normal(k)

        return f(theta + _normal(key))

    assert "f(θ + 2*x)" in statement(loss)


def test_samplers_under_transformations() -> None:
    def loss(theta: Any, key: Any) -> Any:
        def body(carry: Any, k: Any) -> Any:
            return carry + jax.jit(lambda q: f(theta * jax.random.uniform(q)))(k), None

        return jax.lax.scan(body, 0.0, jax.random.split(key, 2))[0]

    assert "E_{x ~ U(0, 1), y ~ U(0, 1)}[f(θ*x) + f(θ*y)]" in statement(loss)


def test_uniform_draws_have_ends() -> None:
    assert "f(θ*(-1 + 3*x))" in statement(lambda theta, key: f(theta * jax.random.uniform(key, minval=-1.0, maxval=2.0)))


def test_noise_that_chose_is_not_used_again() -> None:
    def loss(theta: Any, key: Any) -> Any:
        u = jax.random.uniform(key)
        return f(theta * jnp.where(u < 0.25, 1.0, 2.0) + u)

    assert "beside it" in str(refused(loss))

    def twice(theta: Any, key: Any) -> Any:
        u = jax.random.uniform(key)
        return theta * (jnp.where(u < 0.25, 1.0, 2.0) + jnp.where(u < 0.5, 1.0, 2.0))

    assert "two different probabilities" in str(refused(twice))


def test_what_is_no_probability_is_refused() -> None:
    def loss(theta: Any, key: Any) -> Any:
        return theta * (jax.random.uniform(key) < theta)

    assert "no probability" in str(refused(loss, 1.7, KEY))
    assert "Bernoulli(θ)" in statement(loss, 0.4, KEY)
    assert statement(lambda theta, key: theta * (jax.random.uniform(key) < 2.0)) == "D_θ[θ] = 1"


# --- arithmetic --------------------------------------------------------------------------------------------------------


def test_constants_are_what_their_author_wrote() -> None:
    assert _terms.printed(_numbers.exact(0.1)) == "1/10"
    assert _terms.printed(_numbers.exact(2 * np.pi)) == "2*π"
    assert _terms.printed(_numbers.exact(float(np.log(2 * np.pi)))) == "ln(2*π)"
    assert _terms.printed(_numbers.exact(-0.5 * float(np.log(2 * np.pi)))) == "-(1/2)*ln(2*π)"
    assert _numbers.exact(0.1 + 1e-15) != _numbers.exact(0.1)
    chance = random.Random(1)
    for _ in range(200):
        value = chance.gauss(0, 1)
        assert _terms.evaluate(_numbers.exact(value), {}, {}, {}) == pytest.approx(value, rel=1e-15)


def test_single_precision_is_not_taken_for_more() -> None:
    third = np.float32(1 / 3)
    assert "(1/3)" not in statement(lambda theta, key: f(theta * third + jax.random.normal(key)))


@pytest.mark.parametrize(
    "function",
    [
        jnp.exp, jnp.log1p, jnp.sqrt, jnp.sin, jnp.cos, jnp.tanh, jax.nn.sigmoid, jax.nn.softplus, jax.nn.relu, jax.nn.gelu,
        jax.nn.silu, jax.nn.elu, jnp.abs, jnp.sign, jnp.square, jnp.reciprocal, jax.lax.rsqrt, jnp.expm1, jnp.cosh,
        jax.scipy.special.erf, jax.scipy.special.gammaln, lambda u: u**2.5, lambda u: 2.0**u, lambda u: jnp.clip(u, 0.2, 0.9),
        lambda u: jnp.where(u > 1.0, u, u**2), lambda u: jax.lax.cond(u > 1.0, lambda v: v, lambda v: v**3, u),
        lambda u: jnp.cumsum(jnp.stack([u, u**2]))[1], lambda u: jnp.prod(jnp.stack([u, u + 1, 2 * u])),
        lambda u: jax.nn.logsumexp(jnp.stack([u, 2 * u, 0.5 * u])), lambda u: jax.nn.softmax(jnp.stack([u, -u]))[0],
        lambda u: jnp.max(jnp.stack([u, u**2, 0.5 * u])), lambda u: jnp.linalg.norm(jnp.stack([u, 2 * u])),
        lambda u: jnp.dot(jnp.stack([u, 1.0]), jnp.array([[1.0, 2.0], [3.0, 4.0]])).sum(),
        lambda u: jnp.zeros(3).at[1].add(u).at[2].set(u**2).sum(), lambda u: jnp.pad(jnp.stack([u, u]), 1)[::-1].sum(),
        lambda u: jnp.where(jnp.isfinite(u), u, 0.0), lambda u: jnp.einsum("i,j->ij", jnp.stack([u, 1.0]), jnp.ones(2)).sum(),
        lambda u: jax.checkpoint(jnp.sin)(u), lambda u: jnp.var(jnp.stack([u, 2.0, u**2])), lambda u: jnp.arctan(u),
        lambda u: jax.lax.fori_loop(0, 3, lambda _, v: v * u, 1.0), lambda u: jnp.logaddexp(u, 1.0), lambda u: jnp.hypot(u, 2.0),
    ],
)  # fmt: skip
def test_functions_are_read_as_what_they_compute(function: Callable[[Any], Any]) -> None:
    # The reading is compared with the code at random places; a wrong one is refused, which would be an error here.
    def loss(theta: Any, key: Any) -> Any:
        return function(theta * jnp.exp(0.1 * jax.random.normal(key)))

    report = sj.check(loss, given="theta > 0", timeout=0.05)(0.7, KEY)
    assert isinstance(report, sj.Report) and report.verdict != "refuted", report


def test_a_reading_that_differs_from_the_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from stein._jax import rules

    monkeypatch.setitem(rules.RULES, "sin", rules.RULES["cos"])
    error = refused(lambda theta, key: jnp.sin(theta + jax.random.normal(key)))
    assert "read as something else" in str(error)


def test_code_that_is_no_function_of_its_arguments_is_refused() -> None:
    chance = np.random.default_rng(0)
    refused(lambda theta, key: f(theta + chance.normal()))


def test_control_by_values_is_refused_with_its_place() -> None:
    def loss(theta: Any, key: Any) -> Any:
        x = theta + jax.random.normal(key)
        return x if x > 0 else -x

    error = refused(loss)
    assert error.file is not None and error.file.endswith("test_tracer.py") and error.lineno is not None
    assert f"{error.file}:{error.lineno}" in str(error)
    assert isinstance(pickle.loads(pickle.dumps(error)), stein.Unsupported)


def test_what_is_refused_has_a_place_even_where_no_line_is_at_fault() -> None:
    error = refused(lambda theta, key: theta * jnp.ones(2))
    assert "no number" in str(error) and error.file is not None and error.file.endswith("test_tracer.py") and error.lineno


def test_branches_that_are_mapped() -> None:
    def loss(theta: Any, key: Any) -> Any:
        def one(u: Any) -> Any:
            return jax.lax.cond(u > 0, lambda v: 2 * v, lambda v: 3 * v, u)

        return jnp.sum(jax.vmap(one)(theta + jax.random.normal(key, (1,))))

    report = sj.check(loss)(1.0, KEY)
    assert isinstance(report, sj.Report) and report.verdict == "proved", report
    assert "[step(θ + x)*(2*θ + 2*x) + (1 - step(θ + x))*(3*θ + 3*x)]" in report.statement


def test_custom_derivatives_are_those_of_the_code() -> None:
    @jax.custom_vjp
    def straight(q: Any, b: Any) -> Any:
        return b

    straight.defvjp(lambda q, b: (b, None), lambda _, slope: (slope, jnp.zeros_like(slope)))

    def loss(theta: Any, key: Any) -> Any:
        q = jax.nn.sigmoid(theta)
        return f(straight(q, jax.random.bernoulli(key, q).astype(float)))

    report = sj.check(loss)(0.3, KEY)
    assert isinstance(report, sj.Report) and report.verdict == "refuted" and "f'(x)" in report.statement


def test_sorting_and_endless_loops_are_refused_with_their_places() -> None:
    assert "`sort`" in str(refused(lambda theta, key: jnp.sort(theta + jax.random.normal(key, (2,)))[0]))

    def loop(theta: Any, key: Any) -> Any:
        return jax.lax.stop_gradient(jax.lax.while_loop(lambda v: v < 2, lambda v: v + 1.0, theta)) * theta

    error = refused(loop)
    assert "`while`" in str(error) and error.lineno


# --- names -----------------------------------------------------------------------------------------------------------------


def test_arguments_keep_their_letters() -> None:
    text = statement(lambda mu, log_scale, key: f(mu + jnp.exp(log_scale) * jax.random.normal(key)), 1.0, 0.5, KEY)
    assert "D_μ[E_{x ~ N(0, 1)}[f(μ + exp(η)*x)]]" in text
    assert "D_x[" in statement(lambda x, key: f(x + jax.random.normal(key))) and "y ~ N(0, 1)" in statement(
        lambda x, key: f(x + jax.random.normal(key))
    )


def test_hypotheses_are_in_the_names_of_the_arguments() -> None:
    def loss(theta: Any, log_scale: Any, key: Any) -> Any:
        return f(theta + log_scale * jax.random.normal(key))

    text = statement(loss, 1.0, 0.5, KEY, given=["log_scale > 0", "f : lipschitz"])
    assert text.endswith(" given η > 0, f : lipschitz")


def test_a_statement_can_be_pasted() -> None:
    report = sj.check(lambda theta, key: f(theta + jax.random.normal(key)), given="f : lipschitz")(1.0, KEY)
    assert isinstance(report, sj.Report) and stein.prove(report.statement).verdict == report.verdict == "proved"


def test_arrays_and_trees_have_an_entry_each() -> None:
    def loss(params: Any, key: Any) -> Any:
        return params["mu"] + jnp.sum(params["w"] * jax.random.normal(key, (2,)))

    reports = sj.check(loss)({"mu": 1.0, "w": jnp.array([1.0, 2.0])}, KEY)
    assert isinstance(reports, list) and [r.parameter for r in reports] == ["μ", "w_{1}", "w_{2}"]
    assert all(reports)


def test_two_functions_with_one_name_are_refused() -> None:
    other = sj.opaque(lambda u: u**3, "f")
    assert "two different" in str(refused(lambda theta, key: f(theta) + other(theta + jax.random.normal(key))))


def test_functions_are_told_apart() -> None:
    assert "f(θ + x) - g(θ)" in statement(lambda theta, key: f(theta + jax.random.normal(key)) - g(theta))


@pytest.mark.parametrize("name", ["x1", "N", "E", "e", "", "σ", "p", "B", "Q"])
def test_names_that_mean_something_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        sj.opaque(abs, name)
    if name not in "pσBQ" or not name:
        with pytest.raises(ValueError, match="is no name"):
            sj.Law(name)


def test_names_are_read_as_what_they_name() -> None:
    letters = [chr(code) for code in (*range(65, 91), *range(97, 123), *range(0x3B1, 0x3CA))]
    for name in letters:
        for make, statement_of in ((sj.opaque, "E_{{x ~ N(0, 1)}}[{0}(x)] = E_{{x ~ N(0, 1)}}[{0}(x)^2]"),
                                   (lambda _, n: sj.Law(n), "E_{{x ~ {0}_θ}}[x] = E_{{x ~ {0}_θ}}[x^2]")):  # fmt: skip
            try:
                make(abs, name)
            except ValueError:
                continue
            answer = stein.check(statement_of.format(name))
            assert answer.witness is not None and not answer.hints, (name, answer)
            assert set(answer.witness.functions) | set(answer.witness.laws) == {name}, (name, answer)


def test_an_opaque_function_is_itself_outside_of_a_check() -> None:
    square = sj.opaque(lambda u: u**2, "f")
    assert float(jax.grad(square)(3.0)) == 6.0
    with pytest.raises(ValueError, match="inside"):
        p.sample(KEY, 1.0)


def test_laws_take_letters_alone() -> None:
    assert "only letters" in str(refused(lambda theta, key: f(p.sample(key, 2 * theta))))
    assert "only letters" in str(refused(lambda theta, key: theta * f(p.sample(key, 0.5))))
    assert "only a draw" in str(refused(lambda theta, key: p.log_prob(p.sample(key, theta) + theta, theta)))


def test_derivatives_of_unknown_functions() -> None:
    text = statement(lambda theta, key: jax.grad(f)(theta + jax.random.normal(key)))
    assert "f'(θ + x)" in text and "f''(θ + x)" in text
    assert "∂_2 f(" in statement(lambda theta, key: f(jax.random.normal(key), theta))


# --- reports -----------------------------------------------------------------------------------------------------------------


def test_reports_are_pickled_and_shown() -> None:
    report = sj.check(lambda theta, key: jnp.where(theta + jax.random.normal(key) > 0, 1.0, 0.0))(1.0, KEY)
    assert isinstance(report, sj.Report) and not report
    again = pickle.loads(pickle.dumps(report))
    assert again.statement == report.statement and repr(again) == repr(report)
    assert "witness" in repr(report) or "numbers" in repr(report)
    assert report._repr_html_().startswith('<div class="stein">')


def test_guards_are_listed() -> None:
    report = sj.check(lambda theta, key: jnp.where(jnp.isfinite(theta), theta, 0.0) + jax.random.normal(key))(1.0, KEY)
    assert isinstance(report, sj.Report) and report.guards and "guard" in repr(report)


def test_the_same_trace_gives_the_same_statement() -> None:
    def loss(theta: Any, key: Any) -> Any:
        return f(theta + jax.random.normal(key)) * jnp.exp(theta)

    assert statement(loss) == statement(loss)


def test_what_jax_caches_in_a_check_is_not_used_elsewhere() -> None:
    square = sj.opaque(lambda u: u**2, "f")

    def body(carry: Any, u: Any) -> Any:
        return carry + square(u), None

    @jax.jit
    def jitted(u: Any) -> Any:
        return square(u)

    def loss(theta: Any, key: Any) -> Any:
        return jax.lax.scan(body, 0.0, theta + jax.random.normal(key, (2,)))[0] + jitted(theta)

    with jax.enable_x64(True):
        draws = 1.0 + jax.random.normal(KEY, (2,))
        first = statement(loss)
        assert "f(θ + x)" in first
        assert float(loss(1.0, KEY)) == pytest.approx(float(jnp.sum(draws**2)) + 1.0)
        assert float(jax.grad(loss)(1.0, KEY)) == pytest.approx(float(jnp.sum(2 * draws)) + 2.0)
        assert statement(loss) == first


def test_nothing_is_left_behind() -> None:
    before = jax.config.jax_enable_x64
    refused(lambda theta, key: jnp.sort(theta + jax.random.normal(key, (2,)))[0])
    assert jax.config.jax_enable_x64 == before and jnp.asarray(1.0).dtype == (jnp.float64 if before else jnp.float32)
