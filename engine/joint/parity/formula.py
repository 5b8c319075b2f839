"""Formulas that golden files state in words: worked out from their syntax, never run as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.joint.parity.fixture import FixtureError

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def formula(text: str, functions: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """What `text` says as a function of the names in it, given by keyword.

    Sums, products, quotients and powers of numbers and names, and the `functions` of one argument;
    FixtureError for anything else.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise FixtureError(f"a formula stated as {text!r} is not understood") from error

    def worked_out(**names: Any) -> Any:
        return _value(tree, names, functions)

    return worked_out


def _value(node: ast.expr, names: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            sides = (_value(side, names, functions) for side in (left, right))
            return _OPERATORS[type(op)](*sides)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, names, functions))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in functions:
            return functions[name](_value(argument, names, functions))
    raise FixtureError(f"{ast.unparse(node)!r} is not part of a formula we understand")
