"""A newcomer's way: new, record, refuse, check, each telling what to do next."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import yaml

import connectors as package
from connectors.sdk import registry
from connectors.sdk.authoring import progress
from connectors.sdk.authoring.fixture import record
from connectors.sdk.authoring.peek import FORMATS, Peek, peek
from connectors.sdk.authoring.refused import refuse
from connectors.sdk.errors import BadSetting, FixtureMissing, UnknownConnector
from connectors.sdk.scaffold import KINDS, check, list_connectors, new_connector
from schemas.city_shape import SOURCE_SHAPE
from schemas.contract import load as load_contract
from schemas.contract import names as contract_names
from schemas.document import read_document
from schemas.errors import CityError
from schemas.shape import Place

RECORDED = Path(__file__).parents[2] / "fixtures" / "connectors"
FILLED = [name for name in contract_names() if load_contract(name).source_columns and not name.startswith("bronze.")]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository whose `connectors/` is looked into beside the real one."""
    (tmp_path / "connectors").mkdir()
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "connectors")])
    monkeypatch.setattr(progress, "ROOT", tmp_path)
    yield tmp_path
    registry.names.cache_clear()
    for name in [name for name in sys.modules if name.startswith("connectors.acme_")]:
        del sys.modules[name]


def clean(module: Path, repository: Path) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(repository / "pyproject.toml"), str(module)]
    assert subprocess.run(ruff, cwd=repository, capture_output=True, text=True).stdout == "All checks passed!\n"
    mypy = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", str(module)]
    typed = subprocess.run(mypy, cwd=repository, capture_output=True, text=True)
    assert typed.returncode == 0, typed.stdout


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    rows = [
        ["A title"],
        ["Another"],
        ["Code", "Name", "Lon"],
        ["code", "name", "lon"],
        ["01", "Panier", 5.3],
        ["02", "Prado", None],
    ]
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_connector_is_clean_and_says_what_it_lacks(root: Path, kind: str, repository: Path) -> None:
    name = f"acme_{kind}_things"
    module, folder, source = new_connector(name, kind, root, city_id="marseille")
    assert (folder / "refused").is_dir()
    clean(module, repository)
    SOURCE_SHAPE.judge(read_document(source, CityError), Place(source, 1, name, CityError))
    assert registry.load(name).contract == "silver.incident_report"
    with pytest.raises(
        FixtureMissing, match=rf"Next: replace each TODO of connectors/{name}\.py \(lines 1, 3, .*sources"
    ):
        check(name, root / "tests" / "fixtures" / "connectors")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_a_clean_draft(root: Path, form: str, repository: Path) -> None:
    module, _ = new_connector(f"acme_{form}", "file", root, form=form, contract="reference.facility")
    clean(module, repository)


def test_a_draft_lists_every_column_of_its_contract_with_meaning_and_codes(root: Path) -> None:
    module, _ = new_connector("acme_figures", root=root, contract="silver.official_statistic")
    text = " ".join(module.read_text().replace("#", "").split())
    for column in load_contract("silver.official_statistic").source_columns:
        assert f'"{column.name}": ' in text
        assert " ".join(column.description.en.split()) in text
    assert "One of detail, part, subtotal, total, separate." in text


def test_a_draft_from_a_file_holds_its_sheet_header_row_and_columns(root: Path, repository: Path) -> None:
    file = workbook(root / "places.xlsx")
    module, _ = new_connector("acme_places", root=root, contract="reference.facility", file=file)
    text = module.read_text()
    assert 'format = WorkbookFormat(sheet="Sheet", header_row=4, columns=("code", "name", "lon"))' in text
    assert '"longitude": number(line.get("lon")),' in text
    clean(module, repository)


def test_a_draft_from_objects_names_the_fields_of_the_file(root: Path) -> None:
    (root / "a.geojson").write_text('{"features": [{"properties": {"nom": "a", "lon": 5}}]}')
    module, _ = new_connector("acme_places", root=root, contract="reference.facility", file=root / "a.geojson")
    text = module.read_text()
    assert "    # Fields of the file: nom, lon.\n" in text
    assert '"longitude": place.longitude,' in text


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "é;b\n1;2\n", Peek("csv", ('delimiter=";"', 'encoding="utf-8-sig"'), ("é", "b"))),
        ("a.tab", "a\tb\n1\t2\n", Peek("csv", ('delimiter="\\t"', 'encoding="utf-8-sig"'), ("a", "b"))),
        ("a.json", '{"meta": {}, "data": {"items": [{"x": 1}]}}', Peek("json", ('elements="data.items"',), ("x",))),
        ("b.json", '{"data": {"items": [{"x": 1}]}}', Peek("json", ('elements="data.items"',), ("x",))),
        ("c.json", '[{"x": 1}]', Peek("json", (), ("x",))),
        ("a.jsonl", '{"x": 1}\n{"y": 2}\n', Peek("jsonl", (), ("x",))),
        ("a.geojson", '{"features": [{"properties": {"nom": "a"}}]}', Peek("geojson", (), ("nom",))),
    ],
)
def test_a_file_is_looked_at_and_its_declaration_proposed(
    tmp_path: Path, name: str, content: str, expected: Peek
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert peek(tmp_path / name) == expected


def test_latin_text_is_not_taken_for_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("année;libellé\n".encode("cp1252"))
    assert peek(tmp_path / "a.csv").arguments[1] == 'encoding="cp1252"'


@pytest.mark.parametrize(("name", "content"), [("a.doc", "x"), ("a.json", "{"), ("a.xlsx", "no workbook")])
def test_a_file_of_which_no_draft_is_made_is_told_with_the_way_out(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadSetting, match="give --format"):
        peek(tmp_path / name)


def test_a_new_connector_never_overwrites(root: Path) -> None:
    new_connector("acme_things", "file", root)
    with pytest.raises(BadSetting, match="exists already"):
        new_connector("acme_things", "file", root)


@pytest.mark.parametrize("name", ["things", "Acme_things", "acme-things", "../acme_things", "acme_", "1_a", ""])
def test_a_name_that_cannot_be_is_refused(root: Path, name: str) -> None:
    with pytest.raises(BadSetting, match="cannot name a connector"):
        new_connector(name, "file", root)


def test_what_cannot_be_drafted_is_refused_with_what_can(root: Path) -> None:
    with pytest.raises(BadSetting, match="file, polling, subscribing"):
        new_connector("acme_things", "pull", root)
    with pytest.raises(BadSetting, match="csv, xlsx"):
        new_connector("acme_things", root=root, form="pdf")
    with pytest.raises(BadSetting, match=r"silver\.incident_report"):
        new_connector("acme_things", root=root, contract="gold.source_health")
    assert not (root / "connectors" / "acme_things.py").exists()


def test_an_unknown_connector_proposes_near_names() -> None:
    with pytest.raises(UnknownConnector, match="Did you mean datasf_police_incidents"):
        check("datasf_police_incident")


def test_a_recorded_fixture_passes_every_rule(tmp_path: Path) -> None:
    kept = record("datasf_police_incidents", city_id="san_francisco", fixtures=tmp_path, max_bytes=5_000)
    names = {path.name for path in kept.folder.iterdir()}
    assert names == {"payload.csv", "payload.yaml", "accepted.jsonl", "LICENCE.md", "refused"}
    assert 3_000 < (kept.folder / "payload.csv").stat().st_size <= 5_000
    assert kept.accepted == kept.parts < kept.of_parts
    assert set(kept.samples) == {"truncated.csv", "web_page.csv"}
    (report,) = check("datasf_police_incidents", tmp_path)
    assert report.is_passed, str(report)


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("datasf_police_incidents", "san_francisco"),
        ("insee_filosofi_iris", "marseille"),
        ("osm_street_index", "marseille"),
        ("ssmsi_communes", "marseille"),
    ],
)
def test_a_file_at_hand_is_cut_recorded_and_spoilt_in_every_kind_of_format(
    tmp_path: Path, name: str, city: str
) -> None:
    file = next(path for path in (RECORDED / name).glob("payload.*") if path.suffix != ".yaml")
    size = file.stat().st_size * 2 // 3
    kept = record(name, city_id=city, file=file, fixtures=tmp_path, max_bytes=size)
    assert 0 < kept.parts < kept.of_parts
    assert (kept.folder / f"payload{file.suffix}").stat().st_size <= size
    assert file.name in yaml.safe_load((kept.folder / "payload.yaml").read_text())["url"]
    key = {"datasf_police_incidents": "pdid", "insee_filosofi_iris": "IRIS", "osm_street_index": "name"}.get(
        name, "annee"
    )
    written = refuse(name, "no_key", changes={key: ""}, why="no key", fixtures=tmp_path)
    sample = yaml.safe_load(written.with_suffix(".yaml").read_text())
    assert sample["why"] == "no key"
    assert {one["rule"] for one in sample["violations"]} >= {"required"} or name == "ssmsi_communes"
    (report,) = check(name, tmp_path)
    assert report.is_passed, str(report)


def test_what_is_asked_for_is_kept_beside_one_part_of_every_shape(tmp_path: Path) -> None:
    file = RECORDED / "insee_filosofi_iris" / "payload.xlsx"
    kept = record("insee_filosofi_iris", city_id="marseille", file=file, keep='"COM":"13203"', fixtures=tmp_path)
    rows = [json.loads(line)["row"] for line in (kept.folder / "accepted.jsonl").read_text().splitlines()]
    assert {"insee:13203", "insee:01004"} <= {row["parent_territory_code"] for row in rows}
    assert {row["publication_state_code"] for row in rows} == {"published", "suppressed"}


def test_a_payload_that_cannot_be_cut_is_not_kept_too_large(tmp_path: Path) -> None:
    file = RECORDED / "interieur_etat4001" / "payload.xlsx"
    with pytest.raises(BadSetting, match="at most 1000"):
        record("interieur_etat4001", city_id="marseille", file=file, fixtures=tmp_path, max_bytes=1_000)


def test_a_renamed_column_is_a_sample_and_a_harmless_change_is_none(tmp_path: Path) -> None:
    file = RECORDED / "datasf_police_incidents" / "payload.csv"
    record("datasf_police_incidents", city_id="san_francisco", file=file, fixtures=tmp_path)
    written = refuse("datasf_police_incidents", "renamed", renames={"pdid": "id"}, fixtures=tmp_path)
    assert yaml.safe_load(written.with_suffix(".yaml").read_text())["violations"][0]["rule"] == "shape"
    with pytest.raises(BadSetting, match="all 2 rows of it are accepted"):
        refuse("datasf_police_incidents", "harmless", changes={"category": "x"}, fixtures=tmp_path)
    with pytest.raises(BadSetting, match="no 'pd'; it has"):
        refuse("datasf_police_incidents", "wrong", changes={"pd": "x"}, fixtures=tmp_path)
    with pytest.raises(BadSetting, match="cannot name a sample"):
        refuse("datasf_police_incidents", "No Key", changes={"pdid": ""}, fixtures=tmp_path)
    assert not (tmp_path / "datasf_police_incidents" / "refused" / "harmless.csv").exists()


def test_each_step_names_the_next_one_until_nothing_is_left(tmp_path: Path) -> None:
    name = "datasf_police_incidents"
    assert "--payload FILE" in str(progress.next_step(name, tmp_path))
    kept = record(name, city_id="san_francisco", fixtures=tmp_path, max_bytes=5_000)
    assert progress.next_step(name, tmp_path) is None
    for sample in (kept.folder / "refused").iterdir():
        sample.unlink()
    assert f"vigie connectors refuse {name}" in str(progress.next_step(name, tmp_path))
    (kept.folder / "accepted.jsonl").write_text("")
    assert "correct to_row" in str(progress.next_step(name, tmp_path))


def test_a_source_that_no_city_names_is_told_where_to_be_named(root: Path) -> None:
    new_connector("acme_things", root=root)
    assert "cities/<city>/sources/acme_things.yaml" in str(progress.next_step("acme_things", root, root))


def test_every_connector_is_listed_with_its_contracts() -> None:
    listed = {facts.name: facts for facts in list_connectors()}
    assert set(listed) == set(registry.names())
    assert listed["datasf_fire_calls"].contracts == ("silver.incident_report", "silver.unit_dispatch")
    assert listed["gtfs_rt_trip_updates"].kind == "polling"
    assert listed["gtfs_rt_trip_updates"].topic == "urban.gtfs_rt_trip_updates"


@pytest.mark.parametrize("name", registry.names())
def test_a_module_holds_one_connector(name: str) -> None:
    assert registry.load(name).__module__ == f"connectors.{name}"


def test_a_module_without_connector_is_refused() -> None:
    with pytest.raises(BadSetting, match="defines 0 connectors"):
        registry.connector_in("connectors.sdk.errors")


@pytest.mark.parametrize("contract", FILLED)
def test_every_contract_that_sources_fill_can_be_drafted(root: Path, contract: str) -> None:
    module, _ = new_connector("acme_things", root=root, contract=contract)
    compile(module.read_text(), str(module), "exec")
    assert max(map(len, module.read_text().splitlines())) <= 120


def test_a_line_that_cannot_be_read_is_not_the_one_that_is_spoilt(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    whole = (RECORDED / "datasf_police_incidents" / "payload.csv").read_bytes().split(b"\n", 1)
    file.write_bytes(whole[0] + b"\ntoo,short\n" + whole[1])
    kept = record("datasf_police_incidents", city_id="san_francisco", file=file, fixtures=tmp_path)
    assert kept.refused == 1
    assert kept.violations[0].startswith("shape")
    written = refuse("datasf_police_incidents", "no_key", changes={"pdid": ""}, fixtures=tmp_path)
    assert {one["rule"] for one in yaml.safe_load(written.with_suffix(".yaml").read_text())["violations"]} == {
        "required"
    }


def test_an_expression_that_is_none_is_told(tmp_path: Path) -> None:
    file = RECORDED / "datasf_police_incidents" / "payload.csv"
    with pytest.raises(BadSetting, match="no regular expression"):
        record("datasf_police_incidents", city_id="san_francisco", file=file, keep="(", fixtures=tmp_path)


def test_a_source_that_carries_persons_is_not_recorded(tmp_path: Path) -> None:
    file = next((RECORDED / "fhir_encounter").glob("payload.[!y]*"))
    with pytest.raises(BadSetting, match="carries persons"):
        record("fhir_encounter", city_id="marseille", file=file, fixtures=tmp_path)
