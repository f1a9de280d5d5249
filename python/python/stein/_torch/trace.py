"""A loss in PyTorch as terms: the graph of its gradient, read operator by operator.

What the code draws it draws anew at each call: each random operator of the graph is a draw of its own. The reading is tried
against the code with one seed for both.
"""

from __future__ import annotations

import contextlib
import operator
import warnings
from typing import Any, Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._python_dispatch import TorchDispatchMode

from .._arrays import Terms, blank, lift
from .._check import Draw, Letters, Reading, Side, entries, signature_names
from .._errors import SteinError, Unsupported
from .. import _places as places
from .._reader import Reader as Base
from .._terms import Term, variable
from .rules import RANDOM, RULES, Symbolic
from .unknown import TRACING


class Program:
    """A loss with its example arguments, ready to be read."""

    def __init__(
        self, loss: Callable[..., Any], of: Callable[..., Any] | None, argnum: int, example: Sequence[Any]
    ) -> None:
        self._loss, self._of, self._argnum = loss, of or loss, argnum
        self._example = list(example)
        letters = Letters()
        self._names: dict[int, list[str]] = {}
        for place, (value, name) in enumerate(zip(example, signature_names(loss, len(example)))):
            floating = isinstance(value, float) or isinstance(value, torch.Tensor) and value.is_floating_point()
            if floating or place == argnum and isinstance(value, int) and not isinstance(value, bool):
                shape = tuple(torch.as_tensor(value).shape)
                if int(np.prod(shape)) > 64:
                    raise Unsupported(f"an argument has {int(np.prod(shape))} entries; check the loss on a smaller example")
                self._names[place] = entries(letters.letter(name), shape)
        if argnum not in self._names:
            raise Unsupported(f"argument {argnum} is no tensor of floats: there is no gradient in it")
        self.spelled = letters.spelled
        self._places = sorted(self._names)
        self.is_scalar = not torch.as_tensor(example[argnum]).shape

    def _whole(self, traced: Sequence[Any]) -> list[Any]:
        arguments = list(self._example)
        for place, value in zip(self._places, traced):
            arguments[place] = value
        return arguments

    def _objective(self, *traced: Any) -> Any:
        return self._of(*self._whole(traced))

    def _gradient(self, *traced: Any) -> Any:
        return torch.func.grad(self._loss, argnums=self._argnum)(*self._whole(traced))

    def _tensors(self, values: Callable[[int], Any]) -> list[Any]:
        return [torch.as_tensor(values(place), dtype=torch.float64).clone() for place in self._places]

    def read(self, seed: int) -> Reading:
        """The terms of the objective and of the gradient."""
        with _settings(seed):
            return self._read(seed)

    def _read(self, seed: int) -> Reading:
        arguments = self._tensors(lambda place: self._example[place])
        reading = Reading()
        values: list[Any] = []
        for place, argument in zip(self._places, arguments):
            terms = blank(tuple(argument.shape))
            flat = argument.reshape(-1).tolist()
            for index, name, value in zip(np.ndindex(*terms.shape), self._names[place], flat):
                terms[index] = variable(name)
                reading.letters[name] = value
            values.append(Symbolic(terms))
        reading.parameters = self._names[self._argnum]
        pairs = []
        for side, function in ((reading.left, self._objective), (reading.right, self._gradient)):
            graph = _traced(function, arguments)
            reader = Reader(side, reading.unknown)
            try:
                output = reader.graph(graph, values)
            except Unsupported as error:
                operator_name = error.operator
                if error.file is not None or operator_name is None:
                    raise
                raise Unsupported(error.reason, *_found(function, arguments, operator_name)) from None
            if side is reading.left and output.shape != ():
                raise Unsupported("the objective is no number")
            side.terms = list(output.ravel())
            reader.finish()
            reading.guards += [guard for guard in reader.guards if guard not in reading.guards]
            pairs.append((function, graph, reader))

        def at(letters: Mapping[str, float]) -> tuple[float, list[float]]:
            def floats(place: int) -> Any:
                shape = torch.as_tensor(self._example[place]).shape
                return torch.tensor([letters[name] for name in self._names[place]], dtype=torch.float64).reshape(shape)

            results = []
            for function, graph, reader in pairs:
                with _settings(seed):
                    results.append(function(*self._tensors(floats)).detach().reshape(-1).tolist())
                with _settings(seed):
                    reader.run(graph, self._tensors(floats))
            return results[0][0], results[1]

        reading.run = at
        reading.tolerance = 2e-4 if any(reader.single for *_, reader in pairs) else 1e-8
        return reading


@contextlib.contextmanager
def _settings(seed: int) -> Iterator[None]:
    """Double precision, a seed, and no checks of values, which no trace can pass; all as before afterwards."""
    dtype, laws = torch.get_default_dtype(), torch.distributions.Distribution
    checks = laws._validate_args
    token = TRACING.set(True)
    try:
        torch.set_default_dtype(torch.float64)
        laws.set_default_validate_args(False)
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            yield
    finally:
        TRACING.reset(token)
        torch.set_default_dtype(dtype)
        laws.set_default_validate_args(checks)


def _decompositions() -> dict[Any, Any]:
    """Operators by simpler ones; samplers stay as they are."""
    table = core_aten_decompositions()
    return {op: rule for op, rule in table.items() if op._schema.name not in RANDOM}


def _traced(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        graph = make_fx(function, decomposition_table=_decompositions())(*arguments)
        # Once more, without operators that act in place.
        graph = make_fx(torch.func.functionalize(torch.fx.Interpreter(graph).run))(*arguments)
    except (SteinError, KeyboardInterrupt):
        raise
    except (RuntimeError, TypeError, NotImplementedError) as error:
        file, line = places.of_exception(error)
        raise Unsupported(str(error).splitlines()[0].split(" - erroring out!")[0], file, line) from error
    graph.graph.eliminate_dead_code(lambda node: _name(node) in RANDOM or node.is_impure())
    return graph


def _name(node: Any) -> str:
    schema = getattr(node.target, "_schema", None)
    return schema.name if schema is not None else ""


class _Recorder(torch.fx.Interpreter):  # type: ignore[misc]
    """Runs a graph, and keeps what its samplers give."""

    def __init__(self, graph: Any) -> None:
        super().__init__(graph)
        self.drawn: dict[str, Any] = {}

    def run_node(self, node: Any) -> Any:
        result = super().run_node(node)
        if _name(node) in RANDOM:
            self.drawn[node.name] = result.detach().clone().numpy()
        return result


class Reader(Base):
    """Reads graphs of operators."""

    def __init__(self, side: Side, unknown: dict[str, object]) -> None:
        super().__init__(side, unknown)
        #: What the samplers gave in the last run, by the names of their nodes.
        self._recorded: dict[str, Any] = {}
        self._node = ""

    def run(self, graph: Any, arguments: Sequence[Any]) -> None:
        """Runs the graph, so that draws have values."""
        recorder = _Recorder(graph)
        recorder.run(*arguments)
        self._recorded = recorder.drawn

    def graph(self, graph: Any, values: Sequence[Any]) -> Terms:
        """The output of a graph."""
        known: dict[Any, Any] = {}
        given = iter(values)
        for node in graph.graph.nodes:
            if node.op == "placeholder":
                value = next(given)
                known[node] = Symbolic(value.terms.copy())
            elif node.op == "get_attr":
                known[node] = getattr(graph, node.target)
            elif node.op == "output":
                output = node.args[0]
                output = output[0] if isinstance(output, (tuple, list)) else output
                value = known[output]
                return value.terms if isinstance(value, Symbolic) else lift(value.detach().numpy())
            else:
                arguments = torch.fx.map_arg(node.args, lambda n: known[n])
                keywords = torch.fx.map_arg(node.kwargs, lambda n: known[n])
                try:
                    known[node] = self._operator(node, list(arguments), dict(keywords))
                except Unsupported as error:
                    error.operator = _name(node)
                    raise
        raise Unsupported("the code gives nothing")

    def _operator(self, node: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        self._node = node.name
        if node.target is operator.getitem:
            return arguments[0][arguments[1]]
        name = _name(node)
        rule = RULES.get(name)
        if keywords.get("generator") is not None:
            raise Unsupported("a generator of its own draws the same wherever it is seeded: use the one of PyTorch")
        if name in RANDOM or name.startswith("stein::"):
            if rule is None:
                raise Unsupported(f"`{name}` has no reading")
            return rule(self, node.target, arguments, keywords)
        if keywords.get("dtype") in (torch.float32, torch.float16, torch.bfloat16):
            self.single = True
        if not any(_symbolic(argument) for argument in [*arguments, *keywords.values()]):
            return node.target(*arguments, **keywords)
        if rule is None:
            raise Unsupported(f"`{name}` has no reading")
        return rule(self, node.target, arguments, keywords)

    def drawn(self, law: str, shape: Sequence[int], parameters: Callable[[tuple[int, ...]], tuple[Term, ...]], own: bool = False,
              support: tuple[int, ...] | None = None, first: int = 0) -> Symbolic:  # fmt: skip
        """The draws of a sampler: an array, whose entries have these parameters."""
        terms, node = blank(tuple(shape)), self._node
        for at in np.ndindex(*terms.shape):

            def realise(_: Callable[[Term], float], at: tuple[int, ...] = at) -> float:
                return float(self._recorded[node][at]) + first

            draw = Draw(law, parameters(at), realise, support=support, own=own)
            terms[at] = self.side.draw(draw)
        return Symbolic(terms)


def _symbolic(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_symbolic(entry) for entry in value)
    return isinstance(value, Symbolic)


class _Finder(TorchDispatchMode):  # type: ignore[misc]
    """Finds the line of the user's code that calls an operator first."""

    def __init__(self, operator: str) -> None:
        super().__init__()
        self._operator = operator
        self.place: tuple[str | None, int | None] = (None, None)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.place[0] is None and func._schema.name == self._operator:
            self.place = places.of_stack()
        return func(*args, **(kwargs or {}))


def _found(function: Callable[..., Any], arguments: Sequence[Any], name: str) -> tuple[str | None, int | None]:
    finder = _Finder(name)
    # The graph was traced already: what fails here cannot be found.
    with contextlib.suppress(RuntimeError), finder:
        function(*arguments)
    return finder.place
