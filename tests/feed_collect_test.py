#!/usr/bin/env python3
"""`hedgerow feed collect` against a server of this test that replays replies, good and bad.

Every source stands in every snapshot; replies are recorded before they are read; what is not whole is not read;
limits of time, size, redirects, pages and asking are kept; a key is sent and never written. Paced by answers,
not by the clock: the one slow reply is longer than its limit by far.
"""
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

BUILD = os.environ.get("HEDGEROW_BUILD", "build/gcc")
EXAMPLES = pathlib.Path("examples/feeds")
SECRET = "k-3f9a7c51-not-for-files"
results = {"passed": 0, "failed": 0}
asked = []  # (path, headers, body) of every request


def check(name, ok, said=""):
    results["passed" if ok else "failed"] += 1
    print(("ok   " if ok else "FAIL ") + name + ("" if ok else f": {said}"), flush=True)


class Replay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, body, status=200, length=None, **headers):
        self.send_response(status)
        headers = {"Content_Type": "application/json; charset=utf-8", **headers}
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked.append((self.path, dict(self.headers), body))
        good = b"gpuTypes" in body and self.headers.get("Content-Type") == "application/json"
        self.reply((EXAMPLES / "runpod.json").read_bytes() if good else b"{}", 200 if good else 400)

    def do_GET(self):
        asked.append((self.path, dict(self.headers), b""))
        url = urllib.parse.urlsplit(self.path)
        name, query = url.path.strip("/"), urllib.parse.parse_qs(url.query)
        getattr(self, "get_" + name)(query)

    def get_etag(self, _):
        if self.headers.get("If-None-Match") == '"v1"':
            self.reply(b"", 304, ETag='"v1"')
        else:
            self.reply((EXAMPLES / "lambda.json").read_bytes(), ETag='"v1"')

    def get_modified(self, _):
        when = "Wed, 01 Jul 2026 06:00:00 GMT"
        same = self.headers.get("If-Modified-Since") == when
        body = b"" if same else (EXAMPLES / "openrouter.json").read_bytes()
        self.reply(body, 304 if same else 200, Last_Modified=when)

    def pages(self):
        return json.loads((EXAMPLES / "azure_retail.json").read_text())["Items"]

    def get_azure(self, query):
        page = int(query.get("page", ["0"])[0])
        items = self.pages()[4 * page:4 * page + 4]
        here = f"http://{self.headers['Host']}/azure?page={page + 1}"
        link = here if 4 * page + 4 < len(self.pages()) else None
        self.reply(json.dumps({"Items": items, "NextPageLink": link}).encode())

    def get_endless(self, query):
        page = int(query.get("page", ["0"])[0])
        here = f"http://{self.headers['Host']}/endless?page={page + 1}"
        self.reply(json.dumps({"Items": self.pages()[:1], "NextPageLink": here}).encode())

    def get_elsewhere(self, _):
        self.reply(json.dumps({"Items": self.pages()[:1], "NextPageLink": "http://127.0.0.1:9/next"}).encode())

    def get_second_fails(self, query):
        if "page" in query:
            self.reply(b"{}", 500)
            return
        here = f"http://{self.headers['Host']}/second_fails?page=1"
        self.reply(json.dumps({"Items": self.pages()[:1], "NextPageLink": here}).encode())

    def get_aws(self, query):
        rows = json.loads((EXAMPLES / "aws_spot.json").read_text())["SpotPriceHistory"]
        second = query.get("NextToken") == ["a+b/c=&?"]
        body = {"SpotPriceHistory": rows[4:] if second else rows[:4], "NextToken": "" if second else "a+b/c=&?"}
        self.reply(json.dumps(body).encode())

    def get_key(self, _):
        good = self.headers.get("Authorization") == "Bearer " + SECRET
        self.reply((EXAMPLES / "lambda.json").read_bytes() if good else b"{}", 200 if good else 401)

    def get_key_redirect(self, _):
        self.reply(b"", 302, Location="/key")

    def get_moved(self, _):
        self.reply(b"", 302, Location="/etag")

    def get_loop(self, _):
        self.reply(b"", 302, Location="/loop")

    def get_to_file(self, _):
        self.reply(b"", 302, Location="file:///etc/hostname")

    def get_busy(self, _):
        self.reply(b'{"error":"slow down"}', 429, Retry_After="3000")

    def get_broken(self, _):
        self.reply(b"<h1>oops</h1>", 500, Content_Type="text/html")

    def get_truncated(self, _):
        body = (EXAMPLES / "lambda.json").read_bytes()
        self.reply(body[:300], length=len(body))
        self.close_connection = True

    def get_slow(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(40):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.25)
        except OSError:
            pass
        self.close_connection = True

    def get_page_of_html(self, _):
        self.reply((EXAMPLES / "lambda.json").read_bytes(), Content_Type="text/html")

    def get_large(self, _):
        self.reply(b'{"data":{}}' + b" " * 70000)

    def get_cut_json(self, _):
        self.reply((EXAMPLES / "lambda.json").read_bytes()[:200])

    def get_empty(self, _):
        self.reply(b"")

    def get_list(self, _):
        self.reply(b"[1,2]")

    def get_other(self, _):
        self.reply(b'{"offers":[]}')


def source(name, form, path, page="ONE", pages=1, **more):
    row = {"source": name, "format": form, "enabled": "true", "url": f'"{base}/{path}"', "rights": "contract",
           "terms": '"a test"', "every_s": 3600, "pause_ms": 1, "timeout_s": 5, "bytes_max": 65536,
           "content_type": "application/json", "page": page, "pages_max": pages, **more}
    return "  - {" + ", ".join(f"{k}: {v}" for k, v in row.items()) + "}\n"


def collect(config, folder, *args, env=None):
    path = work / "feeds.yaml"
    path.write_text("collector: test\nversion: 1\nsources:\n" + config)
    done = subprocess.run([BUILD + "/hedgerow", "feed", "collect", "--config", str(path), "-o", str(folder), "--once",
                           "--json", *args], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "no_proxy": "*", **(env or {})})
    rows = {r["source"]: r for r in map(json.loads, done.stdout.splitlines())}
    if done.returncode not in (0, 1, 3) or (done.returncode == 1 and not rows):
        print(f"exit {done.returncode}: {done.stderr[-3000:]}", flush=True)
    return done, rows


def shift_state(folder, name, seconds):
    """As if the source had been asked that much earlier."""
    path = folder / "state" / name
    out = []
    for line in path.read_text().splitlines():
        word, rest = line.split(" ", 1)
        if word in ("asked", "not_before"):
            stamp = time.strptime(rest[:19], "%Y-%m-%dT%H:%M:%S")
            import calendar
            rest = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(calendar.timegm(stamp) - seconds)) + rest[19:]
        out.append(word + " " + rest)
    path.write_text("\n".join(out) + "\n")


def good_sources():
    folder = work / "good"
    config = (source("azure", "azure_retail", "azure", "LINK", 5, page_member="NextPageLink")
              + source("aws", "aws_spot", "aws", "TOKEN", 5, page_member="NextToken", page_parameter="NextToken")
              + source("lambda", "lambda", "etag") + source("router", "openrouter", "modified")
              + source("runpod", "runpod", "graphql", body="'{\"query\":\"{gpuTypes{id}}\"}'")
              + source("moved", "lambda", "moved", redirects_max=2)
              + source("keyed", "lambda", "key", key_header='"Authorization: Bearer"', key_env="TEST_FEED_KEY")
              + source("nokey", "lambda", "key", key_header='"Authorization: Bearer"', key_env="TEST_FEED_NONE")
              + source("off", "vast", "other", enabled="false"))
    done, rows = collect(config, folder, env={"TEST_FEED_KEY": SECRET})
    check("exit 0 without an error", done.returncode == 0, done.stderr)
    check("every source stands in the snapshot", len(rows) == 9, list(rows))
    for name in ("azure", "aws", "lambda", "router", "runpod", "moved", "keyed"):
        check(f"{name}: a value", rows.get(name, {}).get("status") == "value", rows.get(name))
    check("off: not asked", rows["off"]["status"] == "not_asked" and rows["off"]["detail"] == "off", rows["off"])
    check("no key: not asked", rows["nokey"]["status"] == "not_asked" and "TEST_FEED_NONE" in rows["nokey"]["detail"],
          rows["nokey"])
    check("azure: three pages, read as one", (rows["azure"]["pages"], rows["azure"]["rows"]) == ("3", "12"), rows["azure"])
    check("azure: the meter of another page is the same meter", rows["azure"]["skipped"] == "3", rows["azure"])
    check("aws: the token goes back as it came", rows["aws"]["pages"] == "2", rows["aws"])
    check("aws: nothing is filled in from before", int(rows["aws"]["skipped"]) == 7 and int(rows["aws"]["taken"]) == 5,
          rows["aws"])
    raw = [p for p in (folder / "raw").rglob("*") if p.is_file()]
    check("raw replies are named by their hash", raw and all(
        hashlib.sha256(p.read_bytes()).hexdigest() == p.name for p in raw))
    check("the recorded reply is the reply", (folder / "raw" / rows["lambda"]["reply"][:2] / rows["lambda"]["reply"])
          .read_bytes() == (EXAMPLES / "lambda.json").read_bytes())
    lines = (next((folder / "snapshots").iterdir())).read_text().splitlines()
    check("the snapshot has a head and a line a source", len(lines) == 10 and len({json.loads(x).get("source") for x in lines}) == 10)
    head = json.loads(lines[0])
    check("the snapshot names configuration and catalogue", len(head["config"]) == 64 and len(head["catalogue"]) == 64)
    obs = next((folder / "obs").iterdir())
    check("the log names each reply and the catalogue", all(
        f"reply {rows[n]['reply']} ".encode() in obs.read_bytes() for n in ("azure", "lambda")) and
        f"catalogue {head['catalogue']}".encode() in obs.read_bytes())
    check("the key was sent", any(h.get("Authorization") == "Bearer " + SECRET for _, h, _ in asked))
    check("the key is in no file and no output", SECRET not in done.stdout + done.stderr and not any(
        SECRET.encode() in p.read_bytes() for p in folder.rglob("*") if p.is_file()))
    return config, folder


def second_round(config, folder):
    before = len(asked)
    done, rows = collect(config, folder, env={"TEST_FEED_KEY": SECRET})
    check("too soon: nobody is asked", len(asked) == before and all(r["status"] == "not_asked" for r in rows.values()), rows)
    check("too soon: a snapshot all the same", len(list((folder / "snapshots").iterdir())) == 2)
    for name in ("lambda", "router", "aws"):
        shift_state(folder, name, 4000)
    done, rows = collect(config, folder)
    check("304: unchanged, and read again as of now", rows["lambda"]["status"] == "unchanged" and rows["lambda"]["taken"] == "4",
          rows["lambda"])
    check("304 by date", rows["router"]["status"] == "unchanged" and rows["router"]["taken"] == "11", rows["router"])
    shift_state(folder, "lambda", 4000)
    for p in (folder / "raw").rglob(rows["lambda"]["reply"]):
        p.write_bytes(b"{}")
    done, rows = collect(config, folder)
    check("304 over a reply that was changed: an error", rows["lambda"]["status"] == "error" and done.returncode == 1, rows["lambda"])


BAD = [  # name, format, path, more, words of the error
    ("busy", "lambda", "busy", {}, "HTTP 429, told to wait"),
    ("broken", "lambda", "broken", {}, "HTTP 500"),
    ("truncated", "lambda", "truncated", {}, "bytes remaining"),
    ("slow", "lambda", "slow", {"timeout_s": 1}, "timed out"),
    ("html", "lambda", "page_of_html", {}, "content type text/html"),
    ("large", "lambda", "large", {}, "larger than bytes_max"),
    ("loop", "lambda", "loop", {"redirects_max": 3}, "redirects"),
    ("moved", "lambda", "moved", {}, "HTTP 302"),
    ("tofile", "lambda", "to_file", {"redirects_max": 3}, "rotocol"),
    ("cut", "lambda", "cut_json", {}, "string without end"),
    ("other", "lambda", "other", {}, "data: no such list"),
    ("empty", "lambda", "empty", {}, "ends too early"),
    ("list", "azure_retail", "list", {"page": "LINK", "pages_max": 3, "page_member": "NextPageLink"}, "not a reply with pages"),
    ("nobody", "lambda", "../", {"url": '"http://127.0.0.1:9/"'}, "connect"),
    ("keymoved", "lambda", "key_redirect", {"redirects_max": 3, "key_header": '"Authorization: Bearer"',
                                            "key_env": "TEST_FEED_KEY"}, "HTTP 302"),
    ("endless", "azure_retail", "endless", {"page": "LINK", "pages_max": 3, "page_member": "NextPageLink"},
     "more than 3 pages"),
    ("elsewhere", "azure_retail", "elsewhere", {"page": "LINK", "pages_max": 3, "page_member": "NextPageLink"},
     "another host"),
    ("halfway", "azure_retail", "second_fails", {"page": "LINK", "pages_max": 3, "page_member": "NextPageLink"}, "HTTP 500"),
]


def bad_sources():
    folder = work / "bad"
    config = "".join(source(n, f, p, m.pop("page", "ONE"), m.pop("pages_max", 1), **m)
                     for n, f, p, m, _ in [(a, b, c, dict(d), e) for a, b, c, d, e in BAD])
    config += source("fine", "lambda", "etag")
    done, rows = collect(config, folder, env={"TEST_FEED_KEY": SECRET})
    check("exit 1 with errors", done.returncode == 1, done.stderr)
    for name, _, _, _, words in BAD:
        row = rows.get(name, {})
        check(f"{name}: an error that says why", row.get("status") == "error" and words in row.get("detail", "")
              and row.get("taken") == "0", row)
    check("the others do not stop a good one", rows["fine"]["status"] == "value", rows["fine"])
    check("a whole reply of an error is recorded", (folder / "raw" / rows["broken"]["reply"][:2] /
                                                    rows["broken"]["reply"]).read_bytes() == b"<h1>oops</h1>")
    check("part of a reply is not", rows["truncated"]["reply"] is None)
    shift_state(folder, "busy", 1000)
    before = len([a for a in asked if a[0] == "/busy"])
    done, rows = collect(source("busy", "lambda", "busy", every_s=1), folder)
    check("Retry-After is kept", rows["busy"]["status"] == "not_asked" and "told to wait" in rows["busy"]["detail"] and
          len([a for a in asked if a[0] == "/busy"]) == before, rows["busy"])


def until_stopped():
    """Without --once: snapshots as sources fall due, until a signal; one without a key does not spin."""
    folder = work / "many"
    path = work / "many.yaml"
    path.write_text("collector: test\nversion: 1\nsources:\n" + source("one", "lambda", "etag", every_s=1)
                    + source("nokey", "lambda", "key", key_header='"Authorization: Bearer"', key_env="TEST_FEED_NONE"))
    running = subprocess.Popen([BUILD + "/hedgerow", "feed", "collect", "--config", str(path), "-o", str(folder)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "no_proxy": "*"})
    started = time.monotonic()
    while running.poll() is None and time.monotonic() - started < 60:
        if (folder / "snapshots").exists() and len(list((folder / "snapshots").iterdir())) >= 3:
            break
        time.sleep(0.05)
    took = time.monotonic() - started
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    n = len(list((folder / "snapshots").iterdir()))
    check("snapshots until a signal, then exit 0", running.returncode == 0 and n >= 3 and said.count("snapshot 2") == n, said)
    check("no more of them than sources fall due", n <= took + 2, (n, took))
    done = subprocess.run([BUILD + "/hedgerow", "feed", "collect", "-o", str(work / "never")], capture_output=True, text=True)
    check("with no source on it says so", done.returncode == 3 and "no source is enabled" in done.stderr, done.stderr)


def refused_configurations():
    row = source("one", "lambda", "etag")
    cases = [("two of a name", row + row, "stands twice"), ("no such format", row.replace("format: lambda", "format: dream"),
                                                          "no such format"),
             ("a file's address", row.replace('"http://', '"file://'), "not http or https"),
             ("pages without a member", row.replace("page: ONE", "page: LINK"), "page_member"),
             ("an unknown key", row.replace("every_s", "every_hour"), "every_hour"),
             ("a key in the clear over http", source("k", "lambda", "key", key_header="X-Key", key_env="K").replace(
                 base, "http://example.invalid"), "https only")]
    for name, config, words in cases:
        done, _ = collect(config, work / "none")
        check(f"refused: {name}", done.returncode == 3 and words in done.stderr, done.stderr)
    check("a refused configuration leaves no folder", not (work / "none").exists())
    done, rows = collect(row, work / "none", "--dry-run")
    check("a dry run asks and writes nothing", done.returncode == 0 and rows["one"]["detail"] == "would ask" and
          not (work / "none").exists(), rows)
    done = subprocess.run([BUILD + "/hedgerow", "feed", "collect", "-o", str(work / "none"), "--dry-run", "--json"],
                          capture_output=True, text=True)
    shipped = [json.loads(x) for x in done.stdout.splitlines()]
    check("no shipped source is on", len(shipped) >= 7 and all(r["detail"] == "off" for r in shipped), done.stdout + done.stderr)


work = pathlib.Path(tempfile.mkdtemp(prefix="hedgerow-collect-"))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replay)
server.daemon_threads = True
server.handle_error = lambda *_: None  # clients that hang up are what is tested
base = f"http://127.0.0.1:{server.server_address[1]}"
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    second_round(*good_sources())
    bad_sources()
    until_stopped()
    refused_configurations()
finally:
    server.shutdown()
    shutil.rmtree(work)
print(f"{results['passed']} passed, {results['failed']} failed")
sys.exit(results["failed"] != 0)
