"""The workloads of the benchmark and their numbers. Plain standard library."""

from __future__ import annotations

import random
from typing import Any

WORKLOADS: dict[str, dict[str, Any]] = {
    # kind mlp:  x' = W2 tanh(W1 phi(x) + b1) + b2 on [0, 1], phi(x) = x**3 or x, loss = mean((x(1) - target)**2)
    "W1": dict(title="spiral, batch 20, 2-50-2, float64, RK4 (3/8 rule) x 100", kind="mlp", B=20, D=2, H=50, cube=True,
               dtype="float64", steps=100),
    "W2": dict(title="the same, Dormand-Prince 5, 1e-7 / 1e-9", kind="mlp", B=20, D=2, H=50, cube=True,
               dtype="float64", rtol=1e-7, atol=1e-9),
    "W3": dict(title="batch 256, 64-256-64, float32, RK4 (3/8 rule) x 20", kind="mlp", B=256, D=64, H=256, cube=False,
               dtype="float32", steps=20),
    "W4": dict(title="batch 1024, 256-1024-256, float32, RK4 (3/8 rule) x 5", kind="mlp", B=1024, D=256, H=1024,
               cube=False, dtype="float32", steps=5),
    # Lotka-Volterra  x' = a x - b x y,  y' = d x y - c y  on [0, 10], loss = x(10) + y(10)
    "W5": dict(title="Lotka-Volterra, one sample, 4 parameters, float64, adaptive 1e-8 / 1e-8", kind="lv",
               dtype="float64", rtol=1e-8, atol=1e-8),
}  # fmt: skip


def t_end(w: dict[str, Any]) -> float:
    return 10.0 if w["kind"] == "lv" else 1.0


def make_data(w: dict[str, Any]) -> dict[str, list]:
    """Arrays of a workload as nested lists, by the distributions that peers.py has torch draw from."""
    if w["kind"] == "lv":
        return dict(x0=[1.0, 1.0], theta=[1.5, 1.0, 3.0, 1.0])  # a, b, c, d
    draw = random.Random(0)

    def normal(rows: int, columns: int, std: float) -> list[list[float]]:
        return [[draw.gauss(0, std) for _ in range(columns)] for _ in range(rows)]

    b, d, h = w["B"], w["D"], w["H"]
    return dict(x0=normal(b, d, 1), target=normal(b, d, 1),
                W1=normal(d, h, 0.1), b1=[0.0] * h, W2=normal(h, d, 0.1), b2=[0.0] * d)  # fmt: skip
