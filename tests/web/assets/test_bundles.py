"""Our JavaScript modules become one file, in which each of them still works as it is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.web.assets.scripts import BundleError, bundle, find_dynamic_imports

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files of JavaScript by their names, and return the folder."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.js").write_text(text)
        return tmp_path

    return write


def name_of(file: Path) -> str:
    return f"./{file.name}"


def test_imported_modules_come_first_and_once(write: Write) -> None:
    folder = write(
        main='import { a } from "./a.js";\nimport { b } from "./b.js";\na(b);\n',
        a='import { c } from "./c.js";\nexport function a() { return c; }\n',
        b='import { c } from "./c.js";\nexport const b = c;\n',
        c="export const c = 3;\n",
    )
    text = bundle(folder / "main.js", name_of)
    names = [line.removeprefix("// ") for line in text.splitlines() if line.startswith("// ")]
    assert names == ["c.js", "a.js", "b.js", "main.js"]
    assert "export " not in text
    assert "import " not in text
    assert "const { c } = module_c;" in text
    assert "return { a };" in text


def test_comments_are_left_out_and_lines_keep_their_numbers(write: Write) -> None:
    folder = write(main='// Why.\nconst url = "https://a"; // stays\n  // And this.\nrun(url);\n')
    lines = bundle(folder / "main.js", name_of).splitlines()
    assert lines[2:6] == ["", 'const url = "https://a"; // stays', "", "run(url);"]


def test_every_form_of_export_is_returned(write: Write) -> None:
    folder = write(
        main="export function one() {}\nexport async function two() {}\nexport function* three() {}\n"
        "export class Four {}\nexport const five = 5;\nfunction secret() {}\n"
    )
    assert "return { one, two, three, Four, five };" in bundle(folder / "main.js", name_of)


def test_every_form_of_import_is_bound(write: Write) -> None:
    folder = write(
        main='import {\n  one as first,\n  two,\n} from "./a-b.js";\nimport * as all from "./a-b.js";\n'
        'import "./alone.js";\n',
        **{
            "a-b": "export const one = 1;\nexport const two = 2;\n",
            "alone": "window.seen = true;\n",
        },
    )
    text = bundle(folder / "main.js", name_of)
    assert "const {\n  one: first,\n  two,\n} = module_a_b;" in text
    assert "const all = module_a_b;" in text
    assert "window.seen = true;" in text


def test_files_that_a_module_names_get_the_address_that_they_are_served_at(write: Write) -> None:
    folder = write(
        main='const ICONS = new URL("./icons.svg", import.meta.url);\n'
        'button.onclick = () => import("./scanner.js");\n',
        scanner="export const scan = 1;\n",
    )
    (folder / "icons.svg").write_text("<svg/>")
    text = bundle(folder / "main.js", lambda file: f"./{file.stem}.123{file.suffix}")
    assert 'new URL("./icons.123.svg", import.meta.url)' in text
    assert 'import("./scanner.123.js")' in text
    assert "scan = 1" not in text  # it is loaded when it is needed
    assert find_dynamic_imports(folder / "main.js") == {folder / "scanner.js"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("export default 1;\n", "export default 1;"),
        ("export let count = 1;\n", "export let count"),
        ("const a = 1;\nexport { a };\n", "export { a };"),
        ('import a from "./a.js";\n', "import a from"),
        ('import { b } from "./gone.js";\n', "gone.js, which does not exist"),
        ('import { a } from "./a.js";\n', "imports itself"),
    ],
)
def test_what_a_bundle_cannot_contain_is_named_with_its_file(
    write: Write, text: str, problem: str
) -> None:
    folder = write(main=text, a='import { b } from "./main.js";\nexport const a = b;\n')
    with pytest.raises(BundleError, match=r"\w+\.js") as error:
        bundle(folder / "main.js", name_of)
    assert problem in str(error.value)
