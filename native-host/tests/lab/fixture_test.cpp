#include "lab/fixture.hpp"

#include <gtest/gtest.h>

#include "adapters/yaml/load_parts.hpp"
#include "config_folder.hpp"
#include "portcullis/event_stream.hpp"

namespace portcullis::bff {
namespace {

using testing::Lines;
using testing::Marked;
using testing::problems_with;

std::shared_ptr<const Fixture> fixture_of(const std::string& body) {
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml("fixtures:\n  f:\n" + body, "fixtures.yaml", problems);
  std::shared_ptr<const Fixture> fixture;
  if (root) {
    ProblemSink sink("fixtures.yaml", problems);
    fixture = load_fixtures(*root, sink)["f"];
  }
  for (const ConfigProblem& problem : problems) ADD_FAILURE() << to_string(problem);
  return fixture;
}

std::string answer(const Fixture& fixture, std::string_view method, std::string_view path,
                   std::string_view query = {}) {
  const auto result = fixture.answer({method, path, query});
  return result ? std::to_string(result->status) + ' ' + *result->body : "none";
}

TEST(Fixture, AnswersWithTheFirstResponseThatMatches) {
  const auto fixture = fixture_of(R"(    responses:
      - { method: GET, path: /api/a/special, body: special }
      - { method: GET, path: /api/a/:id, params: { id: int }, json: { n: 1 } }
      - { method: GET, path: /api/q, query: { page: "2 x" }, body: two }
      - { method: GET, path: /api/q, body: any }
      - { method: POST, path: /api/a/*, status: 201 }
      - { path: /api/all, body: all }
)");
  EXPECT_EQ(answer(*fixture, "GET", "/api/a/special"), "200 special");
  EXPECT_EQ(answer(*fixture, "HEAD", "/api/a/special"), "200 special");
  EXPECT_EQ(answer(*fixture, "GET", "/api/a/7"), "200 {\"n\":1}");
  EXPECT_EQ(answer(*fixture, "GET", "/api/a/x"), "none");
  EXPECT_EQ(answer(*fixture, "POST", "/api/a/x"), "201 ");
  EXPECT_EQ(answer(*fixture, "DELETE", "/api/a/x"), "none");
  EXPECT_EQ(answer(*fixture, "PATCH", "/api/all"), "200 all");
  EXPECT_EQ(answer(*fixture, "GET", "/api/q", "page=2+x"), "200 two");
  EXPECT_EQ(answer(*fixture, "GET", "/api/q", "a=1&page=2%20x&b"), "200 two");
  EXPECT_EQ(answer(*fixture, "GET", "/api/q", "page=2+x&page=3"), "200 any");
  EXPECT_EQ(answer(*fixture, "GET", "/api/q", "page=%2"), "200 any");
  EXPECT_EQ(answer(*fixture, "GET", "/api/q"), "200 any");
}

TEST(Fixture, CarriesDelayHeadersAndType) {
  const auto fixture = fixture_of(R"(    responses:
      - { path: /x, delay_ms: 40, headers: { X-Lab: "1" }, content_type: text/csv, body: "a,b" }
)");
  const auto result = fixture->answer({"GET", "/x", ""});
  EXPECT_EQ(result->delay.count(), 40);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(Headers(result->headers.begin(), result->headers.end()),
            (Headers{{"Content-Type", "text/csv"}, {"X-Lab", "1"}}));
}

TEST(Fixture, FailsEveryNthCallAndCountsPerResponse) {
  const auto fixture = fixture_of(R"(    responses:
      - { path: /flaky, fail: { every: 3, status: 503 }, body: ok }
      - { path: /cut, fail: { every: 2 }, fault: truncate, body: ok }
      - { path: /broken, fault: reset }
)");
  std::string seen;
  for (int i = 0; i < 7; ++i)
    seen += std::to_string(fixture->answer({"GET", "/flaky", ""})->status) + ' ';
  EXPECT_EQ(seen, "200 200 503 200 200 503 200 ");
  EXPECT_EQ(fixture->answer({"GET", "/cut", ""})->fault, Fault::kNone);
  EXPECT_EQ(fixture->answer({"GET", "/cut", ""})->fault, Fault::kTruncate);
  EXPECT_EQ(fixture->answer({"GET", "/broken", ""})->fault, Fault::kReset);
}

/// What a browser receives in the next `steps` steps: "type:id:data" each.
std::string played(StreamCursor cursor, int steps) {
  EventStreamParser parser;
  std::string out;
  for (int i = 0; i < steps; ++i) {
    const auto step = cursor.next();
    if (!step) {
      out += "end";
      break;
    }
    // Fed byte by byte, the most demanding chunking.
    for (const char c : step->bytes) {
      EXPECT_EQ(parser.feed(std::string_view(&c, 1),
                            [&](const auto& event) {
                              out += std::string(event.type) + ':' +
                                     std::string(event.last_event_id) + ':' +
                                     std::string(event.data) + ' ';
                            }),
                Code::kAllowed);
    }
  }
  return out;
}

TEST(StreamCursor, PlaysAScriptToItsEnd) {
  const auto fixture = fixture_of(R"(    stream:
      retry_ms: 1500
      events:
        - { delay_ms: 20, event: order, id: "1", data: { n: 1 }, comment: "first\nof two" }
        - { data: "two\nlines\r\nthree" }
        - { comment: quiet }
)");
  StreamCursor cursor = fixture->open_stream("");
  EXPECT_EQ(cursor.next()->bytes, "retry: 1500\n\n");
  const auto first = cursor.next();
  EXPECT_EQ(first->delay.count(), 20);
  EXPECT_EQ(first->bytes, ": first\n: of two\nevent: order\nid: 1\ndata: {\"n\":1}\n\n");
  EXPECT_EQ(cursor.next()->bytes, "data: two\ndata: lines\ndata: three\n\n");
  EXPECT_EQ(cursor.next()->bytes, ": quiet\n\n");
  EXPECT_FALSE(cursor.next());
  EXPECT_EQ(played(fixture->open_stream(""), 9),
            "order:1:{\"n\":1} message:1:two\nlines\nthree end");
}

TEST(StreamCursor, ResumesAfterTheLastEventId) {
  const auto fixture = fixture_of(R"(    stream:
      repeat: true
      events:
        - { delay_ms: 1, id: a, data: A }
        - { id: "n-{{n}}", data: "number {{n}}" }
        - { id: c, data: C }
)");
  EXPECT_EQ(played(fixture->open_stream(""), 5),
            "message:a:A message:n-2:number 2 message:c:C message:a:A message:n-5:number 5 ");
  EXPECT_EQ(played(fixture->open_stream("a"), 1), "message:n-2:number 2 ");
  EXPECT_EQ(played(fixture->open_stream("n-5"), 3),
            "message:c:C message:a:A message:n-8:number 8 ");
  EXPECT_EQ(played(fixture->open_stream("c"), 1), "message:a:A ");
  for (const char* unknown :
       {"zzz", "n-4", "n-0", "n-05", "n-5x", "n-", "n-99999999999999999999999"}) {
    EXPECT_EQ(played(fixture->open_stream(unknown), 1), "message:a:A ") << unknown;
  }
}

TEST(StreamCursor, DoesNotResumeAfterTheEndOfAScript) {
  const auto fixture = fixture_of(R"(    stream:
      events:
        - { id: "{{n}}", data: x }
)");
  EXPECT_EQ(played(fixture->open_stream("1"), 2), "end");
  EXPECT_EQ(played(fixture->open_stream("2"), 2), "message:1:x end");
}

TEST(Fixtures, RejectUnservableValues) {
  struct Row {
    const char* fixture;
    const char* code;
  };
  for (const Row& row : {
           Row{"{ responses: [ { path: /x, method: ^FETCH } ] }", "MANIFEST_BAD_METHOD"},
           Row{"{ responses: [ { path: ^x } ] }", "TEMPLATE_NOT_CANONICAL"},
           Row{"{ responses: [ { path: /x, json: 1, body: ^a } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, status: ^99 } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, delay_ms: ^-1 } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, fault: ^explode } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, fail: ^{} } ] }", "CONFIG_REQUIRED"},
           Row{"{ responses: [ { path: /x, headers: ^{ \"A B\": c } } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, headers: ^{ A: \"x\\r\\nB: y\" } } ] }",
               "CONFIG_BAD_VALUE"},
           Row{"{ responses: [ { path: /x, headers: ^{ Set-Cookie: y } } ] }", "CONFIG_BAD_VALUE"},
           Row{"{ stream: { repeat: ^true, events: [ { data: x } ] } }", "CONFIG_BAD_VALUE"},
           Row{"{ stream: { events: [ { id: ^\"a\\nb\", data: x } ] } }", "CONFIG_BAD_VALUE"},
           Row{"{ stream: { events: ^[] } }", "CONFIG_REQUIRED"},
       }) {
    const Marked file("fixtures:\n  f: " + std::string(row.fixture) + '\n');
    EXPECT_EQ(problems_with("fixtures.yaml", file.text), file.expect("fixtures.yaml", row.code))
        << row.fixture;
  }
  EXPECT_EQ(problems_with("fixtures.yaml", "fixtures:\n  f: {}\n"),
            Lines{"fixtures.yaml:2:3 CONFIG_REQUIRED"});
}

}  // namespace
}  // namespace portcullis::bff
