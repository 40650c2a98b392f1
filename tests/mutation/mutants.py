"""The mutants of a module: cosmic-ray's, and those without one of its statements."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from .areas import ROOT, TUNING, modules

Position = tuple[int, int]  # line, column; as ast and parso have them


class RemoveStatement(Operator):
    """A call, an assignment to an attribute or an item, a raise, a return or a del becomes ``pass``."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Position, Position]]:
        if node.type == "simple_stmt" and _does_something(node.children[0]):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return get_ast(f"{node.get_first_leaf().prefix}pass\n")

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _does_something(statement: Any) -> bool:
    if statement.type == "expr_stmt":
        return statement.children[0].type in ("atom_expr", "power")
    return statement.type in ("atom_expr", "power", "raise_stmt", "return_stmt", "del_stmt")


OPERATORS: dict[str, type[Operator]] = {
    **{name.removeprefix("core/"): get_operator(name) for name in operator_names() if "Variable" not in name},
    "RemoveStatement": RemoveStatement,
}


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of one file. Lines count from 1."""

    path: str
    line: int
    column: int
    operator: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.operator}"

    @cached_property
    def source(self) -> str | None:
        """The whole file with the change; ``None`` if it is none that Python can read.

        cosmic-ray takes the stars of a call for multiplications, and knows no dotted names of exceptions.
        """
        try:
            changed: str = mutate_code(
                source_of(ROOT / self.path), OPERATORS[self.operator](), self.occurrence
            )
            compile(changed, self.path, "exec", dont_inherit=True)
        except (AttributeError, SyntaxError):
            return None
        return changed


@cache
def source_of(path: Path) -> str:
    return path.read_text()


def sample(area: str, size: int, chance: random.Random) -> list[Mutant]:
    """So many mutants of an area: of places that matter, one for each kind of change.

    So an ``==`` does not count seven times, for all operators that may take its place.
    """
    places: dict[tuple[str, int, int, str], list[Mutant]] = {}
    for path in modules(area):
        for mutant in _mutants(path):
            kind = mutant.operator.partition("_")[0]
            places.setdefault((mutant.path, mutant.line, mutant.column, kind), []).append(mutant)
    drawn = (
        chance.choice(alternatives) for alternatives in chance.sample(list(places.values()), len(places))
    )
    return list(islice((mutant for mutant in drawn if mutant.source is not None), size))


def _mutants(path: Path) -> Iterator[Mutant]:
    source = source_of(path)
    tree = get_ast(source)
    exempt = list(_exempt(ast.parse(source)))
    for name, operator in OPERATORS.items():
        if name.endswith(IDENTITY):
            continue
        places = (place for node in ast_nodes(tree) for place in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(places):
            if not any(rule.covers(start, name) for rule in exempt):
                yield Mutant(str(path.relative_to(ROOT)), start[0], start[1], name, occurrence)


# Rules: what cannot matter.

IDENTITY = ("_Eq_Is", "_Is_Eq", "_NotEq_IsNot", "_IsNot_NotEq")
"""Of constants and singletons, identity and equality are the same."""


@dataclass(frozen=True)
class Exempt:
    """A range of the source that operators with this prefix leave alone."""

    start: Position
    end: Position
    operator: str = ""

    def covers(self, position: Position, operator: str) -> bool:
        return self.start <= position < self.end and operator.startswith(self.operator)


def _exempt(tree: ast.Module) -> Iterator[Exempt]:
    for node in ast.walk(tree):
        match node:
            # Types, which nothing reads while the program runs.
            case ast.FunctionDef(returns=ast.expr() as types) | ast.AnnAssign(annotation=types):
                yield _range(types)
            case ast.arg(annotation=ast.expr() as types):
                yield _range(types)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield Exempt(_start(node), _end(node.body[-1]))
            case ast.ClassDef(bases=[ast.Name(id="Protocol"), *_]):
                yield _range(node)
            # What narrows a type, and states what cannot be otherwise.
            case ast.Assert():
                yield _range(node)
            # What is shown to developers only.
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
                yield _range(node)
            # How values are built and stored, not what they are.
            case ast.keyword(arg="slots" | "frozen" | "kw_only"):
                yield _range(node)
            # One more or less is no fault.
            case ast.Assign(targets=[ast.Name(id=name)]) if name in TUNING:
                yield Exempt(_start(node), _end(node), "NumberReplacer")
        if isinstance(node, ast.FunctionDef) and node.name == "__repr__":
            yield _range(node)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in TUNING:
            yield Exempt(_start(node), _end(node), "NumberReplacer")


def _range(node: Any) -> Exempt:
    return Exempt(_start(node), _end(node))


def _start(node: Any) -> Position:
    return node.lineno, node.col_offset


def _end(node: Any) -> Position:
    return node.end_lineno, node.end_col_offset
