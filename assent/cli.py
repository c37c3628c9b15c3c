"""The verbs: parse, call one function, print. Nothing is decided here."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assent import __version__, console
from assent.answers import commands
from assent.errors import AssentError, ConfigError

if TYPE_CHECKING:
    from assent.loop import Word

app = typer.Typer(
    name="assent",
    help="Reinforcement learning from human feedback, the whole loop, for text and for control.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Argument(help="project folder", file_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for programs")]
HERE = Path(".")
# What the loop needs beyond `pip install assent`, and which extra brings it.
_EXTRAS = {"torch": "all", "safetensors": "all", "transformers": "text", "gymnasium": "control"}


def main() -> None:
    """Run the command line; an error of ours is one plain message and an exit code."""
    try:
        app()
    except AssentError as error:
        console.err.print(f"[bold red]error:[/] {_plain(str(error))}")
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        console.err.print(
            f"[bold red]error:[/] this needs {error.name}, which is not installed; "
            + _plain(f'pip install "assent[{extra}]"')
        )
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    if version:
        console.out.print(__version__)
        raise typer.Exit


@app.command()
def init(
    world: Annotated[str, typer.Argument(help="control, text or answers")],
    folder: Annotated[Path, typer.Argument(help="a new or empty folder")],
    environment: Annotated[str, typer.Option(help="Gymnasium id, for control")] = "Pendulum-v1",
    model: Annotated[str, typer.Option(help="language model, for text")] = "tiny",
) -> None:
    """Make a project: a commented assent.toml, a guideline and an empty store."""
    from assent import starters

    made = starters.make(world, folder, environment=environment, model=model)
    console.out.print(f"made {', '.join(made)} in {folder}")
    verb = "import PATH" if world == "answers" else "run"
    console.out.print(f"next: assent {verb} {folder}")


@app.command()
def run(
    folder: Folder = HERE,
    serve: Annotated[bool, typer.Option(help="serve the page beside the loop")] = True,
    once: Annotated[bool, typer.Option(help="stop instead of waiting for people")] = False,
    crowd: Annotated[
        str, typer.Option("--simulate", help='let a crowd answer, e.g. "5 sharp, 1 inverted"')
    ] = "",
) -> None:
    """Do whatever is next, round after round; wait for people; lose nothing when stopped."""
    if _is_for_answers(folder):
        commands.run(folder, serve, once, crowd)
        return
    from assent import drive

    drive.run(folder, serve=serve, once=once, crowd=crowd)


def _stage(word: Word, folder: Path) -> None:
    _has_a_loop(folder)
    from assent import drive

    drive.one(folder, word)


@app.command()
def imitate(folder: Folder = HERE) -> None:
    """Learn the baseline policy from demonstrations."""
    _stage("imitate", folder)


@app.command()
def rollout(folder: Folder = HERE) -> None:
    """Let the policy act and keep its trajectories."""
    _stage("rollout", folder)


@app.command()
def ask(folder: Folder = HERE) -> None:
    """Choose the next questions and queue them."""
    if _is_for_answers(folder):
        commands.ask(folder)
    else:
        _stage("ask", folder)


@app.command()
def reward(folder: Folder = HERE, as_json: AsJson = False) -> None:
    """Learn the reward, and who can be believed, from every answer."""
    if _is_for_answers(folder):
        commands.reward(folder, as_json)
    elif as_json:
        raise ConfigError("reward prints JSON for projects of answers; else `assent status --json`")
    else:
        _stage("reward", folder)


@app.command()
def improve(folder: Folder = HERE) -> None:
    """Improve the policy on the learnt reward."""
    _stage("improve", folder)


@app.command()
def evaluate(folder: Folder = HERE) -> None:
    """Measure the newest policy on fresh starts."""
    _stage("evaluate", folder)


@app.command()
def serve(
    folders: Annotated[list[Path], typer.Argument(help="one or more project folders")] = [HERE],  # noqa: B006
    port: Annotated[int | None, typer.Option(help="in place of serve.port")] = None,
    until_closed: Annotated[
        bool, typer.Option(hidden=True, help="stop when standard input is closed")
    ] = False,
) -> None:
    """Serve the page on which people answer, alone; training may run elsewhere."""
    from assent.project import open_any
    from assent.serving import stop_when_closed
    from assent.web import server

    if until_closed:
        stop_when_closed()
    server.serve([open_any(folder) for folder in folders], port)


@app.command()
def simulate(
    number: Annotated[int, typer.Argument(help="how many annotators")] = 8,
    folder: Folder = HERE,
    crowd: Annotated[
        str, typer.Option(help='kinds, e.g. "5 sharp, 2 careless, 1 inverted"; else all sharp')
    ] = "",
) -> None:
    """Let simulated annotators answer every open question, through the calls people use."""
    from assent import simulate as simulation
    from assent.project import open_project

    project = open_project(folder)
    with console.bar("simulate") as bar:
        answered = simulation.answer_open(project, crowd or f"{number} sharp", time.time(), bar)
    console.out.print(f"{sum(answered.values())} answers by {len(answered)} annotators")


@app.command()
def status(folder: Folder = HERE, as_json: AsJson = False) -> None:
    """Say where the loop stands and what comes next."""
    from assent import standing
    from assent.project import Project, open_any

    project = open_any(folder)
    if not isinstance(project, Project):
        commands.status(project, as_json)
        return
    state = standing.of(project)
    if as_json:
        _print_json(state)
        return
    console.table(f"project {state['project']}", ("what", "value"), standing.rows(state))
    console.table("rounds", *standing.rounds(state))


@app.command()
def annotators(
    folder: Folder = HERE,
    every: Annotated[
        bool, typer.Option("--all", help="everybody, not who stands out only")
    ] = False,
    believe: Annotated[
        str, typer.Option(help="NAME=WEIGHT: from the next fit on, answers count 0 to 1 times")
    ] = "",
    because: Annotated[str, typer.Option(help="why, kept beside --believe")] = "",
    as_json: AsJson = False,
) -> None:
    """Print who answered, how far each can be believed, and what stands out."""
    from assent import crowd, standing
    from assent.project import open_any

    store = open_any(folder).store
    if believe:
        from assent import beliefs

        person = beliefs.believe(store, believe, because)
        console.err.print(f"decided about {person.name}; `assent reward` fits with it")
    people = standing.people(store)
    if as_json:
        _print_json(people)
        return
    told = [*crowd.lines(people, every), *crowd.agreement(standing.agreement(store))]
    console.out.print("\n".join(told), markup=False, soft_wrap=True)


@app.command()
def invite(
    folder: Folder = HERE,
    role: Annotated[str, typer.Option(help="annotator or owner")] = "annotator",
    uses: Annotated[
        int | None, typer.Option(help="how often the link works; else an owner's works once")
    ] = None,
    person: Annotated[
        str, typer.Option("--for", help="name or id of somebody who lost their session; works once")
    ] = "",
) -> None:
    """Print a new invite link, or one with which somebody goes on as who they are."""
    from assent.project import open_any
    from assent.web import server

    console.out.print(server.invite(open_any(folder), role, uses, time.time(), person))


@app.command()
def report(
    folder: Folder = HERE,
    to: Annotated[Path | None, typer.Option(help="file; else report.html in the project")] = None,
) -> None:
    """Write one self-contained HTML page about everything so far."""
    from assent.project import open_project
    from assent.report import page

    project = open_project(folder)
    path = to or project.folder / "report.html"
    path.write_text(page.build(project.store, project.config), "utf-8")
    console.out.print(f"wrote {path}")


@app.command()
def export(
    folder: Folder = HERE,
    to: Annotated[Path | None, typer.Option(help="file; else standard output")] = None,
) -> None:
    """Write every question and every answer, as given, as JSON lines."""
    from assent.interop import jsonl
    from assent.project import open_any

    project = open_any(folder)
    lines = jsonl.lines(project.store, project.config.project.name, time.time())
    if to is None:
        for line in lines:
            sys.stdout.write(line + "\n")
        return
    with console.bar("export") as bar:
        count = jsonl.write(to, console.followed(lines, jsonl.count(project.store), bar))
    console.out.print(f"wrote {count} lines to {to}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="where the two projects go")] = Path("demo"),
    once: Annotated[
        bool, typer.Option(envvar="ONCE", help="exit instead of serving the page")
    ] = False,
    seed: Annotated[int, typer.Option(help="of both projects")] = 0,
) -> None:
    """Watch two policies learn from simulated people, then answer yourself."""
    from assent import demo as demonstration

    demonstration.run(folder, once=once, seed=seed)


commands.register(app)


def _is_for_answers(folder: Path) -> bool:
    """Whether a project has only items and answers; wrong settings are said before torch loads."""
    from assent.config import AnswersConfig, load_any

    return isinstance(load_any(folder), AnswersConfig)


def _has_a_loop(folder: Path) -> None:
    """Say what is wrong with the settings before torch is loaded, which may not be there."""
    from assent.config import load

    load(folder)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def _plain(text: str) -> str:
    """Text with the square brackets that rich would read as markup taken literally."""
    return text.replace("[", r"\[")
