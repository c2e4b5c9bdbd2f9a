"""What the README says of Maven: after `mvn install`, its snippet makes its Java lines run in another project."""

from __future__ import annotations

import re
import subprocess

import jdk
import maven
import paths

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>reader</groupId><artifactId>reader</artifactId><version>1</version>
  <dependencies>{dependency}</dependencies>
</project>
"""


def block(readme: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", readme, re.S)
    assert found, f"the README has no block of {language}"
    return found.group(1)


def test_the_maven_snippet_works_after_an_install(tmp_path):
    readme = (paths.CHECKOUT / "README.md").read_text(encoding="utf-8")
    found = jdk.find()
    mvn = maven.command(maven.find_or_install(download=False), ["-q"])
    env = maven.environment(found)
    # Tests, format and lints have run by now; `install` is all that is new.
    install = [*mvn, "install", "-DskipTests", "-Dspotless.check.skip", "-pl", "lib", "-am"]
    subprocess.run(install, cwd=paths.CHECKOUT, env=env, check=True, timeout=300)

    (tmp_path / "pom.xml").write_text(POM.format(dependency=block(readme, "xml")), encoding="utf-8")
    copy = [*mvn, "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies", "-DoutputDirectory=jars"]
    subprocess.run(copy, cwd=tmp_path, env=env, check=True, timeout=300)
    jars = [j.name for j in (tmp_path / "jars").iterdir()]
    assert [j for j in jars if j.startswith("costate-")] == jars, f"the core needs nothing else: {jars}"

    lines = block(readme, "java")
    imports = "".join(f"import org.costate.{p}*;\n" for p in ("", "ode.", "adjoint.", "graph."))
    main = f"{imports}public class Lines {{ public static void main(String[] a) {{\n{lines}}} }}\n"
    (tmp_path / "Lines.java").write_text(main, encoding="utf-8")
    flags = re.search(r"`(--add-modules jdk.incubator.vector [^`]*)`", readme).group(1).split()
    java = str(found.home / "bin" / "java")
    for options in (flags, []):  # "without these flags everything works, more slowly"
        ran = subprocess.run(
            [java, *options, "-cp", "jars/*", "Lines.java"],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        held = slice(None) if options else slice(-1)  # plain loops hold other buffers
        assert ran.stdout.splitlines()[held] == block(readme, "text").splitlines()[held], ran.stdout + ran.stderr
