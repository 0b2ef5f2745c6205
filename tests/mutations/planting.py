"""Plants a bug in a function of the core for a while: a piece of its source is replaced, and its code is compiled anew.

The function object stays, so all who imported it by name run the planted code too. Nothing on disk is changed.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, reduce
from importlib import import_module
from typing import Any, NamedTuple


class Change(NamedTuple):
    """where: `module:function` or `module:Class.method`. old: a piece of its source, which must stand there exactly once."""

    where: str
    old: str
    new: str


class Bug(NamedTuple):
    """What a programmer could have got wrong, in words, and the changes that make it so."""

    name: str
    changes: tuple[Change, ...]


def bug(name: str, where: str, old: str, new: str) -> Bug:
    return Bug(name, (Change(where, old, new),))


@contextmanager
def planted(changes: Sequence[Change]) -> Iterator[None]:
    """While it lasts the functions do what the changed source says. What was remembered by the core is forgotten before and after."""
    functions = [function_at(change.where) for change in changes]
    codes = [changed_code(function, change) for function, change in zip(functions, changes, strict=True)]
    before = [function.__code__ for function in functions]
    try:
        for function, code in zip(functions, codes, strict=True):
            function.__code__ = code
        forget()
        yield
    finally:
        for function, code in zip(functions, before, strict=True):
            function.__code__ = code
        forget()


def function_at(where: str) -> Any:
    """The plain function, without a cache around it or a property on top of it."""
    module, _, path = where.partition(":")
    found: Any = reduce(getattr, path.split("."), import_module(module))
    if isinstance(found, cached_property):
        return found.func
    return inspect.unwrap(found.fget if isinstance(found, property) else found)


def changed_code(function: Callable[..., Any], change: Change) -> Any:
    """The function's code with the piece replaced.

    Raises:
        AssertionError: the piece is not there, or twice: the core has changed, and the bug must be written anew.
    """
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(change.old) == 1, f"{change.where}: expected this once, got it {source.count(change.old)} times: {change.old}"
    source = source[source.index("def ") :].replace(change.old, change.new)  # without decorators
    namespace: dict[str, Any] = {}
    exec(compile(source, f"<planted in {change.where}>", "exec"), function.__globals__, namespace)  # noqa: S102
    code = namespace[function.__name__].__code__
    assert code.co_freevars == function.__code__.co_freevars, f"{change.where}: a closure cannot be changed"
    return code


def forget() -> None:
    """Empty the memos of the core: they would answer as it was before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ledger.core"):
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()
