"""The demonstration, step by step: broker, feeds through the connectors, Spark layers, gate, dashboard."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.simulated import SimulatedRun, line
from vigie import dashboards, pipeline, screen, sources, spark
from vigie.demo import report, simulated
from vigie.demo.display import Display
from vigie.demo.simulated import Carried, Shown
from vigie.demo.stages import Servers, Stage
from vigie.demo.state import only_one, start_from_zero
from vigie.errors import FiguresDiffer, VigieError
from vigie.local import superset
from vigie.local.broker_of_city import broker_for
from vigie.local.process import all_stopped_at_end, stop_all
from vigie.local.superset import Login, Superset
from vigie.local.waiting import terminable, until_interrupted
from vigie.mark import mark_city
from vigie.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.pipeline import LayerReport

_FEEDS_AT_ONCE = 4


@dataclass(frozen=True)
class Dashboard:
    """The dashboard as a reader finds it: a page per language, who may edit and who may only read."""

    url: str
    pages: dict[str, str]
    editor: Login
    reader: Login | None
    superset: Superset | None


def demonstrate(
    settings: Settings, city: str, *, is_check: bool = False, keeps_running: bool = True, shown: Shown | None = None
) -> None:
    """Run the platform on the simulated day or the recorded feeds of a city and show the dashboard.

    Args:
        settings: what lies elsewhere, if anything.
        city: whose feeds.
        shown: the day to simulate; without it the recorded feeds are played, or the living ones read.
        is_check: compare every figure with the independent computation, then end.
        keeps_running: leave the dashboard up until Ctrl-C; without it everything ends once it is shown to work.

    Raises:
        Busy: another demonstration of the city runs.
        ConfigurationError: simulated data would reach a broker or lake that holds real ones.
        Untold: not everything that was simulated was read.
        FiguresDiffer: a figure is not that of the independent computation.
    """
    console = screen.console()
    with terminable(), only_one(settings, city), ExitStack() as stack:
        start_from_zero(settings, city)
        if shown is not None:
            mark_city(settings, city, SimulatedRun(city, shown.seed, shown.day, shown.day))
        stack.enter_context(all_stopped_at_end())
        with Display(console) as display:
            demonstration = _Demonstration(settings, city, display, stack, shown, is_check=is_check)
            layers, dashboard = demonstration.build()
        counts = report.source_counts(settings.lake(city))
        report.print_carried(demonstration.carried)
        report.print_report(counts, layers)
        if shown is not None:
            simulated.require_whole(demonstration.carried, counts)
            print(line())
        if not all(each.is_balanced for each in counts):
            raise VigieError("rows read are not accepted + rejected + duplicates; see the table above")
        if is_check:
            from vigie.demo.check import run_check

            folder = simulated.folder_of(settings, city) if shown is not None else None
            if not run_check(city, settings.lake(city), dashboard.url, dashboard.editor, folder):
                raise FiguresDiffer("figures differ from the independent computation; the lines marked above say which")
            return
        if keeps_running and dashboard.superset is not None:
            _invite(dashboard)
            until_interrupted([dashboard.superset.child])


def _invite(dashboard: Dashboard) -> None:
    """The last lines: where to look and how to get in."""
    lines = [""]
    lines += [f"Dashboard ({language}): {page}" for language, page in dashboard.pages.items()]
    if dashboard.reader is not None:
        lines.append(f"To read:  login {dashboard.reader.username}   password {dashboard.reader.password}")
    lines.append(f"To edit:  login {dashboard.editor.username}   password {dashboard.editor.password}")
    lines.append("Ctrl-C stops everything that was started here.")
    print("\n".join(lines), flush=True)


class _Demonstration:
    """One run: Superset and Spark start in the background while the broker takes the feeds."""

    def __init__(
        self,
        settings: Settings,
        city: str,
        display: Display,
        stack: ExitStack,
        shown: Shown | None = None,
        *,
        is_check: bool = False,
    ) -> None:
        self.shown = shown
        self.carried: list[Carried] = []
        self.settings = settings
        self.is_check = is_check
        self.city = city
        self.display = display
        self.stack = stack
        self.catalogue = settings.home / "superset" / city / "lake.duckdb"

    def build(self) -> tuple[list[LayerReport], Dashboard]:
        with ThreadPoolExecutor(max_workers=3, thread_name_prefix="vigie-demo") as pool:
            servers = pool.submit(self.start_servers) if self.shown is not None else None
            session = pool.submit(self.start_spark)
            server = pool.submit(self.start_superset) if self.settings.superset_url is None else None
            try:
                layers = self.run_layers(self.play_feeds(servers), session)
            except BaseException:
                # The background would otherwise be waited for: what it waits for is stopped.
                stop_all()
                raise
            finally:
                if session.exception() is None:
                    spark.close_session(session.result())
            running = server.result() if server is not None else None
        return layers, self.show(running)

    def start_spark(self) -> SparkSession:
        with self.display.step("Spark starts"):
            lake = self.settings.lake_settings(self.city)
            return spark.open_session(lake, spark.log_path(self.settings.home, self.city))

    def start_superset(self) -> Superset:
        with self.display.step("Superset's database"):
            template = superset.prepare_template(self.settings)
        with self.display.step("Superset starts"):
            return superset.start_superset(
                template,
                self.settings.home / "superset" / self.city / "home",
                catalogue=self.catalogue,
                lakes=[Path(self.settings.lake_folder())],
                port=self.settings.superset_port,
            )

    def start_servers(self) -> Servers:
        with self.display.step("message servers start"):
            return simulated.start_servers(self.settings.home / "servers" / self.city)

    def play_feeds(self, servers: Future[Servers] | None) -> str:
        """The feeds are with the broker when this returns; gives its address."""
        with self.display.step("Kafka broker starts"):
            bootstrap = self.stack.enter_context(broker_for(self.settings, self.city))
        if self.shown is not None and servers is not None:
            self.play_simulated(bootstrap, self.shown, servers)
        is_live = self.settings.sources == "live"
        simulated_ones = {each.source for each in self.carried}
        for connector in sources.playable(self.city, is_live=is_live):
            if connector.name in simulated_ones:
                continue
            if self.is_check and sources.is_written_here(connector):
                continue  # the independent computation knows recordings and simulated messages alone
            with self.display.step(f"feed {connector.name}") as step:
                told = lambda name, rows, step=step: step.tell(rows)  # noqa: E731
                for done in sources.run(
                    self.settings, self.city, bootstrap, [connector.name], is_live=is_live, progress=told
                ):
                    step.tell(done.read)
        return bootstrap

    def play_simulated(self, bootstrap: str, shown: Shown, servers: Future[Servers]) -> None:
        """The simulated day, source by source, each over its own transport."""
        with self.display.step(f"city of {shown.day} simulated"):
            day = simulated.invent(self.settings, self.city, shown.day, shown.seed)
        for absent in servers.result().absent:
            print(absent, flush=True)
        staged = simulated.stages(self.settings, self.city, day, servers.result(), self.stack)
        # Most of the time of a feed is waiting for answers, so that some are told and read at once.
        with ThreadPoolExecutor(max_workers=_FEEDS_AT_ONCE, thread_name_prefix="vigie-feed") as pool:
            feeds = [pool.submit(self.play_one, bootstrap, each) for each in staged]
            try:
                self.carried = [feed.result() for feed in feeds]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                stop_all()
                raise
        servers.result().stop()

    def play_one(self, bootstrap: str, each: Stage) -> Carried:
        with self.display.step(f"feed {each.name} over {each.transport}") as step:
            told = lambda name, rows: step.tell(rows)  # noqa: E731
            done = simulated.carry(self.settings, self.city, bootstrap, each, told)
            step.tell(done.rows)
            return done

    def run_layers(self, bootstrap: str, session: Future[SparkSession]) -> list[LayerReport]:
        from jobs.pipeline import import_ahead, run_layer

        lake = self.settings.lake_settings(self.city, kafka_bootstrap=bootstrap)
        started = session.result()
        import_ahead()
        reports = []
        for layer in pipeline.LAYERS:
            with self.display.step(f"layer {layer}") as step:
                done = run_layer(started, lake, layer, progress=self.display.each(layer))
                step.tell(sum(table.rows for table in done.tables))
                reports.append(done)
        return reports

    def show(self, running: Superset | None) -> Dashboard:
        """The catalogue of views, and the dashboards pushed and every chart asked."""
        with self.display.step("dashboard, every chart asked"):
            cities = dashboards.build_catalogue(self.settings, self.catalogue, self.city)
            if running is None:
                url, username, password = dashboards.external_login(self.settings)
                editor, reader = Login(username, password), None
            else:
                url, editor, reader = running.url, running.admin, running.reader
            pushed = dashboards.push(self.settings, url, editor.username, editor.password, cities)
        return Dashboard(url, dict(pushed.addresses), editor, reader, running)
