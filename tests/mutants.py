"""Mutation testing (docs/mutation.md): spoil the code in one small way at a time, and see whether a test notices.

A plugin of pytest, for `./portail mutants` alone. Django, the tests and their database are prepared once. For each
mutant the process forks: the child puts the spoiled code into the living function, on a copy of the database, and runs
the tests that came through that function, those first that killed most, and quick ones; one that fails kills it.
"""

import ast
import difflib
import gc
import importlib
import inspect
import os
import shutil
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import FunctionType

import libcst
import pytest
from django.db import connection
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal
from mutmut.mutation.pragma_handling import IgnoredCode

WANTED = 85  # percent of a module's mutants
# A mutant hangs whose tests take so many times what they took on sound code, and so many seconds.
TIMES, SECONDS = 10, 20


def without_call(line: libcst.SimpleStatementLine):
    """Leave a call out."""
    if isinstance(line.body[0], libcst.Expr) and isinstance(line.body[0].value, libcst.Call):
        yield line.with_changes(body=[libcst.Pass()])


def contrary(branch: libcst.If):
    """Take an `if` the other way; one with `not` is mutmut's."""
    if not isinstance(branch.test, libcst.UnaryOperation):
        test = branch.test.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])
        yield branch.with_changes(test=libcst.UnaryOperation(libcst.Not(), test))


def unless_a_sentence(operator):
    """mutmut's operator, but for strings with a space: no test should pin a wording."""
    return lambda node: [] if isinstance(node, libcst.SimpleString) and " " in node.value else operator(node)


def none_instead(call: libcst.Call):
    """Give None for an argument. mutmut leaves it out, too: of a keyword that must be given, Python tells, no test."""
    yield from (mutant for mutant in operator_arg_removal(call) if len(mutant.args) == len(call.args))


OPERATORS = [(libcst.SimpleStatementLine, without_call), (libcst.If, contrary), (libcst.Call, none_instead)]
OPERATORS += [
    (kind, unless_a_sentence(operator))
    for kind, operator in mutation_operators
    if operator is not operator_arg_removal
]


def commits(item: pytest.Item) -> bool:
    """Whether a test leaves an empty database behind."""
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction"))


def in_turn(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item]]:
    """Each test with the one that follows; after the last comes the first, so that the database stays."""
    items[0].session._setupstate.teardown_exact(items[0])
    yield from zip(items, [*items[1:], items[0]], strict=True)


def undecorated(source: str) -> str:
    """The same lines, those of decorators made comments."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        for decorator in getattr(node, "decorator_list", ()):
            for number in range(decorator.lineno - 1, decorator.end_lineno):
                lines[number] = f"# {lines[number]}"
    return "".join(lines)


class Module:
    """A file to spoil, or one function of it: `FILE:FUNCTION`."""

    def __init__(self, asked: str) -> None:
        self.path, _, self.only = asked.partition(":")
        self.name = self.path.removesuffix(".py").replace("/", ".")
        # Only bodies are taken from this source; decorators stay those of the living functions.
        self.source = undecorated(Path(self.path).read_text())
        self.living = self.functions(vars(importlib.import_module(self.name)))

    def functions(self, namespace: dict) -> dict[str, FunctionType]:
        """Functions and methods, by qualified name, out of their decorators."""
        mine = [one for one in namespace.values() if getattr(one, "__module__", "") == self.name]
        mine += [one for kind in mine if isinstance(kind, type) for one in vars(kind).values()]
        bare = [inspect.unwrap(one.fget if isinstance(one, property) else one) for one in mine]
        return {
            one.__qualname__: one for one in bare
            if isinstance(one, FunctionType) and one.__code__.co_filename.endswith(self.path)
        }  # fmt: skip

    def spoil(self, source: str) -> None:
        """Put the bodies and default values of `source` into the living functions."""
        namespace = {"__name__": self.name}
        exec(compile(source, self.path, "exec"), namespace)
        for name, function in self.functions(namespace).items():
            if name not in self.living:  # a decorator made something else of it
                continue
            self.living[name].__code__ = function.__code__
            self.living[name].__defaults__ = function.__defaults__
            self.living[name].__kwdefaults__ = function.__kwdefaults__

    def watch(self, met: Callable[[str], None]) -> None:
        """Let each living function tell `met` its name when it is called."""
        tree = ast.parse(self.source)
        classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
        for owner, body in [("", tree.body), *((f"{one.name}.", one.body) for one in classes)]:
            for function in body:
                if isinstance(function, ast.FunctionDef):
                    function.body[:0] = ast.parse(f"__met__({owner + function.name!r})").body
        vars(importlib.import_module(self.name))["__met__"] = met
        self.spoil(ast.unparse(tree))

    def mutants(self):
        """For each: the function, the line, what was changed, and the whole spoiled source."""
        wrapper = MetadataWrapper(libcst.parse_module(self.source))
        visitor = MutationVisitor(OPERATORS, IgnoredCode(set(), set(), set()))
        module, places = wrapper.visit(visitor), wrapper.resolve(PositionProvider)
        owner = {
            method: f"{kind.name.value}."
            for kind in module.body if isinstance(kind, libcst.ClassDef) for method in kind.body.body
        }  # fmt: skip
        for one in visitor.mutations:
            function = one.contained_by_top_level_function
            if not isinstance(function, libcst.FunctionDef):
                continue
            name = owner.get(function, "") + function.name.value
            if name in self.living and self.only in ("", name):
                spoiled = module.deep_replace(one.original_node, one.mutated_node).code
                lines = difflib.unified_diff(self.source.splitlines(), spoiled.splitlines(), n=0, lineterm="")
                change = "\n".join(f"    {line}" for line in list(lines)[2:] if not line.startswith("@@"))
                yield name, places[one.original_node].start.line, change, spoiled


class Mutation:
    """One run of pytest: each test once on sound code, then those of each mutant."""

    def __init__(self, asked: str, one_in: int) -> None:
        self.module, self.one_in = Module(asked), one_in
        self.counts: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()  # by test
        self.in_child = False
        self.folder = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.in_child:
            Path(self.folder, "killer").write_text(report.nodeid)
            os._exit(1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own."""
        told = session.config.pluginmanager.get_plugin("terminalreporter")
        self.database = self.prepare(session.items)
        tests = self.once(session.items)
        if session.testsfailed:
            raise session.Failed("sound code fails")
        gc.collect()
        gc.freeze()  # what every child has in common isn't copied for each
        if self.outcome(set().union(*tests.values()), self.module.source) != "survived":
            raise session.Failed("sound code fails when the quick tests come first")
        for name, line, change, source in islice(self.module.mutants(), 0, None, self.one_in):
            outcome = self.outcome(tests[name], source)
            self.counts[outcome] += 1
            if outcome == "survived":
                told.write_line(f"\n{self.module.path}:{line} {name}, {len(tests[name])} tests\n{change}")
        return True

    def prepare(self, items: list[pytest.Item]) -> Path:
        """Let one test make the database; returns a copy of it, with which every mutant starts."""
        first = next((one for one in items if one.get_closest_marker("django_db")), items[0])
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=first.session.items[-1])
        connection.close()
        return Path(shutil.copy(connection.settings_dict["NAME"], self.folder))

    def once(self, items: list[pytest.Item]) -> dict[str, set[pytest.Item]]:
        """Run each test; returns those that come through each function. Notes how long each took."""
        through, self.took = defaultdict(set), {}
        self.module.watch(lambda name: through[name].add(item))
        for item, following in in_turn(items):
            begun = time.monotonic()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.took[item] = time.monotonic() - begun
        self.module.spoil(self.module.source)
        connection.close()
        return through

    def outcome(self, tests: set[pytest.Item], source: str) -> str:
        """What these tests make of a source: "killed", "hung" or "survived"."""
        if not tests:
            return "survived"
        in_order = sorted(tests, key=lambda one: (commits(one), -self.kills[one.nodeid], self.took[one]))
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            database = shutil.copy(self.database, folder)
            child = os.fork()
            if not child:
                try:
                    signal.alarm(int(SECONDS + TIMES * sum(self.took[one] for one in tests)))
                    self.run(in_order, database, source)
                finally:
                    os._exit(3)
            _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 1:
            self.kills[Path(self.folder, "killer").read_text()] += 1
        elif code == 3:
            raise RuntimeError("The mutant could not be tried.")
        return {0: "survived", -signal.SIGALRM: "hung"}.get(code, "killed")

    def run(self, items: list[pytest.Item], database: str, source: str) -> None:
        """In the child: the tests, in silence, on this database. Ends the process."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        connection.settings_dict["NAME"] = database
        self.in_child = True
        self.module.spoil(source)
        for item, following in in_turn(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        os._exit(0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("mutants")
        terminalreporter.write_line("| module | mutants | killed | of them hung | survived | score |")
        figures = self.counts.total(), self.killed, self.counts["hung"], self.counts["survived"]
        terminalreporter.write_line(
            f"| `{self.module.path}` | {' | '.join(map(str, figures))} | {self.score:.1f} % |"
        )

    @property
    def killed(self) -> int:
        return self.counts["killed"] + self.counts["hung"]

    @property
    def score(self) -> float:
        """Percent of the mutants that a test noticed."""
        return 100 * self.killed / (self.counts.total() or 1)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        shutil.rmtree(self.folder)
        if self.score < WANTED:
            session.exitstatus = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", metavar="FILE[:FUNCTION]")
    parser.addoption("--one-in", type=int, default=1, metavar="N", help="try every Nth mutant only")


def pytest_configure(config: pytest.Config) -> None:
    # Before the tests are read: the same cases every time, and a failure is enough, however long its example.
    hypothesis_settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
    )
    hypothesis_settings.load_profile("mutants")
    config.pluginmanager.register(Mutation(config.getoption("--mutants"), config.getoption("--one-in")))
