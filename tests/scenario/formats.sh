#!/bin/sh
# formats.sh: what other programs read: JUnit's XML, SARIF, HTML, Markdown. Each is well formed
# whatever a host's files hold, says the same as the items, and goes where it is told to.
. "$(dirname "$0")/lib.sh"

# Texts with the markup of all four, and bytes that none of them knows.
write "$T/policy.yaml" <<'EOF'
policy: demo
url: https://example.org/policy
statements:
  notices: Whoever logs in must be <b>told</b> the "rules" & more | yes.
checks:
  - ref: low1
    statement: notices
    level: low
    name: check there is a <notice> & `more` | "odd" @all
    rationale: They can't <say> they did not know.
    remediation: |
      Write it into /etc/issue.
      Then look at it.
    frameworks: { cis-debian12: ["1.7.2"] }
    test: { file: /etc/issue, no_regex: "odd" }
  - ref: low2
    statement: notices
    level: low
    name: check there is a notice
    test: { file: /etc/issue, regex: "odd" }
  - ref: high1
    level: high
    name: check a file that can't be decided
    test: { file: /etc/fifo, regex: "x" }
  - ref: live1
    level: high
    name: check that nothing odd runs
    test: { processes: "name:odd", count: 0 }
EOF
mkdir -p "$T/host/etc"
mkfifo "$T/host/etc/fifo"
# shellcheck disable=SC1112 # bytes on purpose
printf 'fine\nodd \001\033[31m\377\302 <script>alert(1)</script> ]]> |`` & "x" @all' \
	>"$T/host/etc/issue"
printf ' \342\200\256 \357\277\277\n' >>"$T/host/etc/issue"

check()
{
	"$MUSTER" check "$T/policy.yaml" --root "$T/host" --target 'web<1>' "$@"
}

exits 1 "the items" check --format json
cp "$OUT" "$T/items.json"
for format in junit sarif html markdown; do
	exits 1 "$format" check --format "$format"
	cp "$OUT" "$T/out.$format"
	is "$format: nothing is said beside it" "$(cat "$ERR")" ""
	exits 1 "$format: --explain" check --format "$format" --explain
	exits 1 "$format: --output" check --format "$format" --output "$T/file.$format"
	exits 3 "$format: a full disk" check --format "$format" --output /dev/full
	exits 3 "$format: a full disk behind standard output" \
		sh -c '"$@" >/dev/full' sh "$MUSTER" check "$T/policy.yaml" --root "$T/host" \
		--format "$format"
	exits 153 "$format: a run that may not write" sh -c 'ulimit -f 0; exec "$@"' sh \
		"$MUSTER" check "$T/policy.yaml" --root "$T/host" --format "$format" \
		--output "$T/file.$format"
	it "$format: leaves what was there" test -s "$T/file.$format"
	{
		check --format "$format" 2>"$ERR"
		echo $? >"$T/status"
	} | true
	is "$format: a broken pipe says nothing" "$(cat "$ERR")" ""
done
exits 2 "an unknown format" check --format htlm
like "is named, with what was meant" "$(cat "$ERR")" 'htlm.*html'

# ---- JUnit ----
cat >"$T/junit.py" <<'EOF'
import json, re, sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
items = json.load(open(sys.argv[2]))
assert root.tag == "testsuites", root.tag
suites = list(root)
assert [s.get("name") for s in suites] == ["demo"]
suite = suites[0]
# what one usual schema or the other demands
for name in "package id hostname timestamp tests failures errors skipped time".split():
    assert suite.get(name), name
assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
assert suite.get("hostname") == "web<1>"
order = [child.tag for child in suite]
assert order == ["properties"] + ["testcase"] * len(items) + ["system-out", "system-err"], order
outcome = {"fail": "failure", "error": "error", "not_applicable": "skipped", "pass": None}
for case, item in zip(suite.findall("testcase"), items):
    want = outcome[item["status"]]
    assert [c.tag for c in case] == ([want] if want else []), (item["status"], list(case))
    assert case.get("classname") == "demo" and float(case.get("time")) >= 0
    assert case.get("name") == item["check"]["ref"] + " " + item["check"]["name"]
    if want and want != "skipped":
        assert case[0].get("type") == item["status"]
        assert item["reason"] in case[0].get("message")
failure = suite.find("testcase/failure").text
assert "<script>alert(1)</script> ]]>" in failure and "how to mend it: Write it" in failure
assert int(suite.get("tests")) == len(items)
for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
    assert int(suite.get(name)) == len(suite.findall("testcase/" + tag)) == 1, name
EOF
it "JUnit: one suite, a case an item, with its outcome" \
	python3 "$T/junit.py" "$T/out.junit" "$T/items.json"

# ---- SARIF ----
# Its schema and what reads that come from npm, and stay in the build's folder.
validator()
{
	[ -d "$BUILD/sarif/node_modules/ajv-draft-04" ] && return
	mkdir -p "$BUILD/sarif" && npm_config_cache="$BUILD/npm" timeout 120 npm install \
		--prefix "$BUILD/sarif" --no-audit --no-fund --no-save --ignore-scripts \
		ajv@8.17.1 ajv-draft-04@1.0.0 ajv-formats@3.0.1 @microsoft/jest-sarif@1.0.0-beta.0
}
cat >"$T/sarif.cjs" <<'EOF'
const [folder, file] = process.argv.slice(2);
const modules = folder + "/node_modules/";
const { readFileSync } = require("fs");
const read = (path) => JSON.parse(readFileSync(path));
const Ajv = require(modules + "ajv-draft-04");
const formats = require(modules + "ajv-formats");
const ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true });
(formats.default || formats)(ajv);
const schemas = modules + "@microsoft/jest-sarif/lib/schemas/";
const valid = ajv.compile(read(schemas + "sarif-2.1.0-rtm.5.json"));
if (!valid(read(file))) {
	console.error(valid.errors.slice(0, 5));
	process.exit(1);
}
const broken = read(file);
broken.runs[0].results[0].kind = "passed";
if (valid(broken)) process.exit(2); // the schema must be able to refuse
EOF
if command -v node >/dev/null && validator >"$T/npm.log" 2>&1 </dev/null; then
	it "SARIF: valid against its schema" node "$T/sarif.cjs" "$BUILD/sarif" "$T/out.sarif"
else
	skip_test "SARIF: valid against its schema" "npm can't install the schema's reader"
fi
cat >"$T/sarif.py" <<'EOF'
import json, sys

run = json.load(open(sys.argv[1]))["runs"][0]
items = {item["id"]: item for item in json.load(open(sys.argv[2]))}
rules = run["tool"]["driver"]["rules"]
assert len(run["results"]) == len(items)
kinds = {"pass": "pass", "fail": "fail", "error": "fail", "not_applicable": "notApplicable"}
for result in run["results"]:
    item = items[result["partialFingerprints"]["itemId/v1"]]
    assert result["kind"] == kinds[item["status"]], result
    assert (result["level"] == "none") == (result["kind"] != "fail"), result
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "demo/" + item["check"]["ref"]
    assert item["reason"] in result["message"]["text"]
    assert result["locations"]
low = next(r for r in run["results"] if r["ruleId"] == "demo/low1")
place = low["locations"][0]["physicalLocation"]
assert place["artifactLocation"]["uri"] == "file:///etc/issue", place
assert place["region"]["startLine"] == 2, place
rule = rules[low["ruleIndex"]]
assert "How to mend it: Write it" in rule["help"]["text"] and rule["helpUri"]
assert "cis-debian12/1.7.2" in rule["properties"]["tags"]
EOF
it "SARIF: a rule a check, a result an item, with its place" \
	python3 "$T/sarif.py" "$T/out.sarif" "$T/items.json"

# ---- HTML ----
cat >"$T/page.py" <<'EOF'
import json, sys
from html.parser import HTMLParser

VOID = {"meta", "input", "br"}

class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.items, self.tags = [], "", [], set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        for name, value in attrs.items():
            assert not name.startswith("on") and name not in ("src", "style"), (tag, name)
            assert name != "href" or value.startswith("https://example.org/"), value
        if "item" in attrs.get("class", "").split():
            self.items.append((attrs["id"], attrs["class"].split()[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.text += data

page = Page()
source = open(sys.argv[1], encoding="utf-8").read()
page.feed(source)
page.close()
items = json.load(open(sys.argv[2]))
assert not page.open, page.open
assert not page.tags & {"script", "link", "img", "iframe", "object", "base"}, page.tags
assert "@import" not in source and "url(" not in source
assert sorted(page.items) == sorted(("i" + i["id"], i["status"]) for i in items)
for word in ("<b>told</b> the \"rules\" & more | yes.", "<script>alert(1)</script> ]]>",
             "\\x1b[31m", "check there is a <notice>", "Write it into /etc/issue.\nThen look",
             "Achieved level: none", "cis-debian12 1.7.2", "web<1>"):
    assert word in page.text, word
for status in {i["status"] for i in items}:
    assert "#show-%s:checked" % status in source, status
EOF
it "HTML: one page by itself, all of it escaped, a filter a status" \
	python3 "$T/page.py" "$T/out.html" "$T/items.json"

# ---- Markdown ----
cat >"$T/markdown.py" <<'EOF'
import re, sys

columns, rows = 0, 0
for line in open(sys.argv[1], encoding="utf-8").read().split("\n"):
    if not line.startswith("|"):
        columns = 0
        continue
    bars = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
    columns = columns or bars
    assert bars == columns, line
    rows += 1
    assert "<script>" not in re.sub(r"(`+) ?.*?[^`]\1(?!`)", "", line), line
assert rows >= 2 + 2 + 4, rows
EOF
it "Markdown: tables whose rows have their columns" python3 "$T/markdown.py" "$T/out.markdown"
like "Markdown: what to do" "$(cat "$T/out.markdown")" \
	'Write it into /etc/issue\. Then look at it\.'
like "Markdown: what complies is folded away" "$(cat "$T/out.markdown")" \
	'<details><summary>1 pass</summary>'

# ---- of a fleet ----
# shellcheck disable=SC2119 # it is the scenario that has no arguments
if start_server && start_agent one; then
	for format in junit sarif html markdown; do
		exits 1 "-t: $format" "$MUSTER" check -t '*' "$T/policy.yaml" --format "$format"
		cp "$OUT" "$T/fleet.$format"
	done
	like "-t: names the host and its level" "$(cat "$T/fleet.html")" '<h2><a .*>demo</a> on '
	like "-t: with what is known of the check" "$(cat "$T/fleet.html")" 'They can&#39;t &lt;say'
	like "-t: a class a host and policy" "$(cat "$T/fleet.junit")" 'classname="[^"]+\.demo"'
else
	result 1 "a server and an agent start"
fi

done_testing
