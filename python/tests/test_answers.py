"""Answers, errors and sessions: what the package promises beside its tracers."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import types

import pytest

import stein

SCORE = "D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]"
WRONG = "D[S_θ f] = S_θ[D f]"
#: Takes seconds: no derivation is found.
LONG = (
    "D_l[E_{x ~ Categorical(l, m)}[f(x - 1)]] = E_{x ~ Categorical(l, m), y ~ Categorical(l, m)}[1{x = 1} 1{y = 1} f(0)"
    " + (1{x = 1} 1{y = 2} f(0) + 1{x = 2} 1{y = 1} f(0))/2 - (1{x = 1} 1{y = 1} f(0) + (1{x = 1} 1{y = 2} f(0)"
    " + 1{x = 2} 1{y = 1} f(0) + 1{x = 1} 1{y = 2} f(1) + 1{x = 2} 1{y = 1} f(1))/2 + 1{x = 2} 1{y = 2} f(1))"
    " exp(l)/(exp(l) + exp(m))]"
)


def test_a_proof_has_steps_conditions_and_numbers() -> None:
    answer = stein.prove(SCORE)
    assert answer and answer.verdict == "proved" and answer.statement == SCORE
    assert [(c.text, c.status) for c in answer.conditions] == [("σ > 0", "implied")]
    assert answer.steps[0].title == "change of variables" and answer.steps[0]["ref"] == "(1.1)"
    assert answer.witness is None and answer.repair is None and answer.reason is None
    assert answer.numeric is not None and answer.numeric["method"] == "quadrature"


def test_a_refutation_has_a_witness_and_a_repair() -> None:
    answer = stein.prove(WRONG)
    assert not answer and answer.verdict == "refuted"
    assert answer.witness is not None and answer.witness.left != answer.witness["right"]
    assert "σ" in answer.witness.parameters and "f" in answer.witness.functions
    assert answer.repair is not None and stein.prove(answer.repair.statement)
    assert answer.reading is not None


def test_a_condition_that_nobody_granted_makes_no_proof() -> None:
    assert stein.prove("D[S f_θ] = S[D f_θ]").verdict == "conditional" and not stein.prove("D[S f_θ] = S[D f_θ]")
    assert stein.prove("D[S f_θ] = S[D f_θ]", hypotheses="f : lipschitz")


def test_numbers_alone_prove_nothing() -> None:
    assert stein.check("E_{x ~ N(0,1)}[x^4] = 3").verdict == "open"
    assert stein.check("E_{x ~ N(0,1)}[x^4] = 4").verdict == "refuted"


def test_all_formats() -> None:
    answer = stein.prove(SCORE)
    assert json.loads(answer.to("json"))["verdict"] == "proved"
    assert "\\begin{align*}" in answer.to("latex") and "$$" in answer.to("markdown")
    assert answer.to("html").startswith("<!doctype html>") and "\x1b" not in answer.to("text")
    assert repr(answer).startswith("proved") and "\x1b" not in repr(answer)
    with pytest.raises(ValueError, match="formats are"):
        answer.to("word")  # type: ignore[arg-type]


def test_notebooks_get_a_fragment_with_its_own_style_and_formulas_that_mathjax_knows() -> None:
    bundle = stein.prove(SCORE)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "text/markdown", "text/latex"}
    style = bundle["text/html"].split("<style>")[1].split("</style>")[0]
    selectors = [line for line in style.splitlines() if line.endswith("{")]
    assert selectors and all(line.startswith((".stein", "@media")) for line in selectors)
    assert "align*" not in bundle["text/latex"] and "\\begin{aligned}" in bundle["text/latex"]


def test_an_error_has_a_number_a_place_and_a_caret() -> None:
    with pytest.raises(stein.SteinError) as caught:
        stein.prove("E_{x ~ N(0,1)}[f(x] = 3")
    error = caught.value
    assert isinstance(error, ValueError) and error.code == "E002" and error.span == (18, 19)
    assert "expected a closing" in error.message
    lines = str(error).splitlines()
    assert lines[1][2:][error.span[0]] == "]" and lines[2][2:][error.span[0]] == "^"
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.span, str(again)) == (error.code, error.span, str(error))


def test_the_place_of_an_error_counts_characters() -> None:
    with pytest.raises(stein.SteinError) as caught:
        stein.prove("θ + σ] = 1")
    assert caught.value.span is not None and "θ + σ] = 1"[caught.value.span[0]] == "]"


def test_a_session_has_definitions_and_hypotheses() -> None:
    session = stein.Session(definitions=["s(t) = t^2"], hypotheses="a > 0")
    assert session.prove("s(a)/a = a")
    session.forget("s")
    assert session.prove("s(a)/a = a").verdict != "proved"
    session.define_commands(r"\newcommand{\E}{\mathbb{E}}")
    assert session.prove(r"\E_{x \sim p}[2 x] = 2 \E_{x \sim p}[x]")
    answers = session.run("## Moments\nlet g(u) = u\nprove g(a) = a  # by definition\nderive D_θ[E_{x ~ p_θ}[f(x)]]\n")
    assert isinstance(answers[0], stein.Answer) and isinstance(answers[1], stein.Derived)


def test_a_wrong_rule_is_named_and_left_out() -> None:
    with pytest.raises(ValueError, match="wrong-mean"):
        stein.Session(rules={"own.rules": "rule wrong-mean\n  E_{x ~ N(m, v)}[x] = 2 m\n  when v > 0\n"})


def test_estimators() -> None:
    derived = stein.derive("D_θ[E_{x ~ p_θ}[f(x)]]")
    assert derived[0].name == "score function" and derived["score function"].needs == ["f"]
    assert len(derived) == len(list(derived)) == len(derived.estimators)
    assert stein.derive("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]")["pathwise"].needs == ["f'"]


def test_a_value_has_its_proof() -> None:
    answer = stein.eval("E_{x ~ N(0,1)}[x^4]")
    assert answer and answer.steps[-1].after == "3"


def test_answers_and_sessions_are_pickled() -> None:
    answer = stein.prove(WRONG)
    again = pickle.loads(pickle.dumps(answer))
    assert again == answer and again.to("latex") == answer.to("latex") and repr(again) == repr(answer)
    assert again.steps == answer.steps and again.witness == answer.witness
    session = stein.Session(definitions="s(t) = t^2", hypotheses="a > 0", seed=3)
    assert pickle.loads(pickle.dumps(session)).prove("s(a)/a = a") == session.prove("s(a)/a = a")
    derived = stein.derive("D_θ[E_{x ~ p_θ}[f(x)]]")
    assert pickle.loads(pickle.dumps(derived)) == derived


def test_process_pools() -> None:
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(stein.prove, SCORE).result() == stein.prove(SCORE)


def test_the_same_seed_gives_the_same_answer() -> None:
    statement = "E_{x ~ p_θ}[f(x)] = E_{x ~ p_θ}[f(x)^2]"
    assert stein.prove(statement).data == stein.prove(statement).data
    assert stein.prove(statement, seed=2).data != stein.prove(statement, seed=1).data


def test_other_threads_go_on() -> None:
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.002):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.perf_counter()
    stein.prove(WRONG, timeout=5.0)
    elapsed = time.perf_counter() - started
    done.set()
    thread.join()
    assert len(ticks) > 20 * elapsed


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_is_heard_at_once() -> None:
    sent = []

    def interrupt() -> None:
        time.sleep(0.3)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    # A process in the background may have been told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            stein.prove(LONG, timeout=20.0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.perf_counter() - sent[0] < 0.1 + 0.4  # a busy machine is given some time
    thread.join()


def test_progress_is_told_and_may_end_the_work() -> None:
    told: list[tuple[int, int]] = []
    session = stein.Session(samples=1 << 24, progress=lambda done, wanted: told.append((done, wanted)))
    session.check("E_{x ~ p_θ, y ~ p_θ, z ~ p_θ}[f(x) f(y) f(z)] = E_{x ~ p_θ, y ~ p_θ, z ~ p_θ}[f(x) f(y) f(z)^2]")
    assert told == sorted(told)

    def enough(done: int, wanted: int) -> None:
        raise RuntimeError("enough")

    session = stein.Session(samples=1 << 34, progress=enough, timeout=20.0)
    with pytest.raises(RuntimeError, match="enough"):
        session.check("E_{x ~ p_θ, y ~ p_θ, z ~ p_θ}[f(x) f(y) f(z)] = E_{x ~ p_θ, y ~ p_θ, z ~ p_θ}[f(x) f(y) f(z)]")


def test_the_import_is_quick_and_brings_no_array_library() -> None:
    # The time of the processor: a busy machine may take any time of the clock.
    code = "import sys, time; t = time.process_time(); import stein; print(time.process_time() - t, 'numpy' in sys.modules)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    times = sorted(float(run.stdout.split()[0]) for run in runs)
    assert times[0] < 0.05 and all(run.stdout.split()[1] == "False" for run in runs)


def test_the_cell_magic_shows_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    display = types.ModuleType("IPython.display")
    display.display = shown.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    magics = {}

    class Shell:
        def register_magic_function(self, function: object, magic_kind: str, magic_name: str) -> None:
            magics[magic_kind, magic_name] = function

    stein.load_ipython_extension(Shell())
    magics["cell", "stein"]("", "let s(t) = t^2\nprove s(a) = a^2\n")  # type: ignore[operator]
    magics["cell", "stein"]("", "prove s(b) = b^2\n")  # type: ignore[operator]
    assert [getattr(answer, "verdict", None) for answer in shown] == ["proved", "proved"]
