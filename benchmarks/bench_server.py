"""`ipcu serve` over loopback: start-up, memory, and eight clients at once, signed in, each with its own connection.

    python -m benchmarks.bench_server [--passages 100000] [--starts 3] [--clients 8] [--each 60] [--keep DIR]

Start-up is measured from the start of the command with one server process and one client. The clients then ask two server processes
without a pause, every question once, each embedded by the real model. They run in one further process on the same machine.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.library import build, questions
from benchmarks.measuring import Memory, Spread, scratch, shown, table, timing
from benchmarks.server import Browser, serving
from core.settings import Settings
from webapp.composition import build_runtime

SEARCHES = 300
MOST_SECONDS = 120.0


def measure_starts(directory: Path, texts: list[str], starts: int) -> None:
    """Seconds until it lives and until it answers by meaning too, and what the first start takes in memory."""
    alive, hybrid, memory = list[float](), list[float](), list[Memory]()
    for number in range(starts):
        with serving(directory, {"IPCU_WORKERS": "1"}) as server:
            alive.append(server.alive)
            (worker,) = server.workers()
            at_once = Memory.of(worker)
            browser = Browser(server.port)
            browser.sign_in()
            hybrid.append(server.wait_hybrid(browser, texts[0]))
            if number == 0:
                memory = [at_once, Memory.of(worker)]
                for text in texts[1 : SEARCHES + 1]:
                    browser.search(text)
                memory.append(Memory.of(worker))
            browser.close()
    table(
        ["from the start of `ipcu serve` until", "seconds, each start"],
        [
            ["/healthz answers", ", ".join(map(shown, alive))],
            ["a search is answered by words and meaning (after signing in)", ", ".join(map(shown, hybrid))],
        ],
    )
    names = ("when /healthz answers (the model is being loaded)", "after the first hybrid answer")
    table(
        ["memory of the server process", "MB resident (own)"],
        [*zip((*names, f"after {SEARCHES} searches"), map(str, memory), strict=True)],
    )


def measure_clients(directory: Path, texts: list[str], clients: int) -> None:
    """All at once, every client its share of the questions."""
    with serving(directory, {"IPCU_WORKERS": "2"}) as server:
        browsers = [Browser(server.port) for _ in range(clients)]
        for browser in browsers:
            browser.sign_in()
            server.wait_hybrid(browser, texts[0])
        shares = [texts[number::clients] for number in range(clients)]
        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            took = [one for share in pool.map(_ask, browsers, shares) for one in share]
        seconds = time.perf_counter() - began
        memory = [Memory.of(worker) for worker in server.workers()]
        for browser in browsers:
            browser.close()
    table(
        [f"{clients} clients, 2 server processes", "pages a second", "p50, ms", "p95", "p99", "MB resident (own)"],
        [[f"{len(took)} pages", shown(len(took) / seconds), *Spread.of(took).cells(), " and ".join(map(str, memory))]],
    )


def measure_one(directory: Path, texts: list[str]) -> None:
    """One client that asks without a pause, and one server process: what nobody shares."""
    with serving(directory, {"IPCU_WORKERS": "1"}) as server:
        browser = Browser(server.port)
        browser.sign_in()
        server.wait_hybrid(browser, texts[0])
        took = _ask(browser, texts[1:])
        browser.close()
    table(
        ["1 client, 1 server process", "pages a second", "p50, ms", "p95", "p99"],
        [[f"{len(took)} pages", shown(1000 * len(took) / sum(took)), *Spread.of(took).cells()]],
    )


def _ask(browser: Browser, texts: list[str]) -> list[float]:
    took: list[float] = []
    until = time.perf_counter() + MOST_SECONDS
    for text in texts:
        with timing(took):
            browser.search(text)
        if time.perf_counter() > until:
            break
    return took


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--each", type=int, default=60, help="questions of each client")
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    with scratch(options.keep) as directory:
        made = build(directory, options.passages)
        runtime = build_runtime(Settings(data_dir=made), web=False)
        texts = questions(runtime, max(SEARCHES + 1, options.clients * options.each))
        runtime.close()
        measure_starts(made, texts, options.starts)
        measure_one(made, texts[: SEARCHES + 1])
        measure_clients(made, texts[: options.clients * options.each], options.clients)


if __name__ == "__main__":
    main()
